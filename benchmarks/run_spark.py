"""Spark's ALS on as many local threads, no biases, float32, λ charged per rating. Its start is not counted."""

from typing import Any

import numpy as np
import pyarrow as pa
from measure import Watch, arguments, from_vectors, load, peak_gib
from pyspark import __version__
from pyspark.ml.recommendation import ALS
from pyspark.sql import DataFrame, SparkSession


def array(factors: DataFrame, rows: int, k: int) -> Any:
    """(rows, k), from a table of id and vector; 0 where there is none."""
    found = factors.toPandas()
    X = np.zeros((rows, k), "float32")
    X[found["id"]] = np.stack(found["features"])
    return X


def main() -> None:
    given = arguments()
    users, items, values = load(given["data"])
    spark = (
        SparkSession.builder.master(f"local[{given['threads']}]")
        .config("spark.driver.memory", "8g")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    watch = Watch(given)
    ratings = spark.createDataFrame(pa.table({"user": users, "item": items, "rating": values}))
    model = ALS(rank=given["k"], maxIter=given["sweeps"], regParam=given["lam"], seed=0).fit(ratings)
    W = array(model.userFactors, int(users.max()) + 1, given["k"])
    U = array(model.itemFactors, int(items.max()) + 1, given["k"])
    zero = np.zeros(max(len(W), len(U)), "float32")
    watch.report(from_vectors(W, U, zero, zero, 0.0), __version__, peak_gib(spark.sparkContext._gateway.proc.pid))
    spark.stop()


main()
