# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 9 · Embeddings
#
# *How does a word, or a film, become a list of numbers, and what can be read off it?*
#
# - **You will** see that a one-hot row times a table is a look-up; write sentences with a grammar, count which words
#   stand together, turn the counts into PPMI and factorize it; do sums with the vectors, with the usual rule and
#   without it; and compare the neighbours and sums of real films with chance.
# - **Time:** 45 minutes. **You need** [lesson 2](02_dot_product.ipynb) for cosines and
#   [lesson 6](06_svd.ipynb) for the SVD.
# - **Lecture notes:** §13.
#
# Symbols are those of [NOTATION.md](../NOTATION.md).

# %%
import sys

sys.path.insert(0, "..")  # the project's folder, where mfcore and mfview are

import numpy as np

from mfcore import als, data, fit, interpret, nearness, nn, words
from mfcore.data import corpus
from mfview import lesson
from mfview.derivations import words as derivation
from mfview.figures import arithmetic, embeddings, shares
from mfview.style import LIGHT

# %% [markdown]
# ## An id picks a row
#
# A word, a user, a film: to a model each is a number, its id, and a table $W$ has a row for every id. The row is the
# *embedding*. The notes write it as a product,
#
# $$\mathrm{onehot}(i)\, W = W_i$$
#
# and every multiplication but $k$ of them is by 0:

# %%
rng = np.random.default_rng(0)
V, k = 8, 4
W = rng.standard_normal((V, k))
i = 2
onehot = np.zeros(V)
onehot[i] = 1
z = np.zeros(k)
multiplications = 0
for v in range(V):
    for f in range(k):
        z[f] += onehot[v] * W[v, f]
        multiplications += 1
assert np.array_equal(z, W[i])
assert np.array_equal(nn.one_hot(np.array([i]), V) @ W, nn.lookup(W, np.array([i])))
print(f"{multiplications} multiplications, or none: W[{i}] = {np.round(W[i], 2)}")
lesson.show(embeddings.lookup(W, i, [f"word {v}" for v in range(V)], LIGHT))

# %% [markdown]
# **Exercise 1.** How many for a table of ordinary size?

# %%
lesson.ask("09-one-hot")

# %%
answer = ...
lesson.check("09-one-hot", answer)

# %% [markdown]
# Learning is just as cheap. The slope of $J$ with respect to $W$ is $\mathrm{onehot}(i)^\top g$: 0 in every row that
# was not picked.

# %%
lesson.ask("09-rows-learn")

# %%
answer = ...
lesson.check("09-rows-learn", answer)

# %%
batch = np.array([3, 1, 3, 7])
g = rng.standard_normal((len(batch), k))
slow = np.zeros((V, k))
for b in range(len(batch)):
    slow[batch[b]] += g[b]
np.testing.assert_allclose(nn.lookup_back(g, batch, V), slow)
np.testing.assert_allclose(nn.one_hot(batch, V).toarray().T @ g, slow)
print("rows that learn:", np.flatnonzero(slow.any(axis=1)))

# %% [markdown]
# So $W$ and $U$ of matrix factorization are two embedding tables: rows picked by the ids $i$ and $j$. ALS fits them a
# row at a time, a network by gradient steps.
#
# ## Sentences, and who stands near whom
#
# "You shall know a word by the company it keeps", wrote Firth in 1957. Here we make the company ourselves: a grammar in
# which palaces go with royalty, *she* and *her* with women, and *plays* with the young, with a slip now and then.

# %%
said = corpus.sentences(2000, seed=0)
for sentence in said[:5]:
    print(" ".join(sentence))
for name, person in corpus.PEOPLE.items():
    print(f"{name:>9}", *(feature for feature in corpus.FEATURES if getattr(person, feature)))

# %% [markdown]
# Count how often word $j$ stands at most $h$ words from word $i$, in one sentence:
#
# $$n_{ij} = \sum_{t} \sum_{0 < |d| \le h} [x_t = i]\,[x_{t+d} = j]$$

# %%
h = 4
ids = words.vocabulary(said)
names = list(ids)
n = np.zeros((len(ids), len(ids)), int)
for sentence in said:
    for t, word in enumerate(sentence):
        for s, other in enumerate(sentence):
            if s != t and abs(s - t) <= h:
                n[ids[word], ids[other]] += 1
np.testing.assert_array_equal(n, words.cooccurrences(said, ids, window=h))
np.testing.assert_array_equal(n, n.T)
people = [ids[name] for name in corpus.PEOPLE]
rows = [ids[word] for word in ("the", "palace", "farm", "she", "he", "grown", "little", "works", "plays")]
shown = [names[q] for q in rows], list(corpus.PEOPLE)
lesson.show(embeddings.table(n[np.ix_(rows, people)], *shown, LIGHT, title="Counts", what="count"))

# %% [markdown]
# *The* stands beside every word, so it says nothing. What matters is how much more often two words meet than they would
# by chance: positive pointwise mutual information,
#
# $$\mathrm{PPMI}_{ij} = \max\Big(0,\; \log \frac{p_{ij}}{p_i\, p_j}\Big)$$

# %%
lesson.ask("09-ppmi")

# %%
answer = ...
lesson.check("09-ppmi", answer)

# %%
P = np.zeros(n.shape)
total = n.sum()
for i in range(len(ids)):
    for j in range(len(ids)):
        if n[i, j]:
            P[i, j] = max(0.0, np.log(n[i, j] * total / (n[i].sum() * n[:, j].sum())))
np.testing.assert_allclose(P, words.ppmi(n), atol=1e-12)
lesson.show(embeddings.table(P[np.ix_(rows, people)], *shown, LIGHT, title="PPMI", what="PPMI"))

# %% [markdown]
# ## Factorize it
#
# PPMI is a matrix, so $W C^\top$ can come near to it, with $W$ for the words and $C$ for the words as neighbours. No
# cell is missing: a 0 means *never together more than by chance*. So unlike ratings with their holes (E9), this table
# can be left to SVD, and nothing of rank $k$ is nearer (Eckart and Young):
#
# $$W = U_k \sqrt{S_k}, \qquad C = V_k \sqrt{S_k}$$
#
# Levy and Goldberg (2014) showed that word2vec, a network trained by gradient steps, factorizes a table of this kind:
# PMI less a constant.

# %%
k = 12
W, C = words.embedded(P, k)
left, s, right = np.linalg.svd(P)
np.testing.assert_allclose(((P - W @ C.T) ** 2).sum(), (s[k:] ** 2).sum())
np.testing.assert_allclose(W @ C.T, (left[:, :k] * s[:k]) @ right[:k], atol=1e-8)
print(f"{k} of {len(ids)} columns keep {(s[:k] ** 2).sum() / (s**2).sum():.0%} of all squares")

# %% [markdown]
# ## King − man + woman
#
# If *royal* is a direction, then from *man* to *king* is the same step as from *woman* to *queen*.

# %%
a, b, c = ids["king"], ids["man"], ids["woman"]
x = W[a] - W[b] + W[c]
cosines = {name: float(interpret.cosine(x, W[q])) for name, q in ids.items()}
for name, cosine in sorted(cosines.items(), key=lambda pair: -pair[1])[:5]:
    print(f"{name:>9} {cosine:.3f}")
found, _ = words.analogy(W, a, b, c, n=1)
assert names[found[0]] == "queen"
seen = words.seen_from(W, a, b, c)
lesson.show(arithmetic.parallelogram(seen, arithmetic.Corners(a, b, c, int(found[0])), names, people, LIGHT))

# %% [markdown]
# Three points always lie in a plane, and so does the fourth corner. Where *queen* falls in that plane, and how far off
# it (`seen.off`), is not given in advance.
#
# **Predict.** The usual rule leaves out the three given words. What if they may win?

# %%
lesson.ask("09-left-in")

# %%
answer = ...
lesson.check("09-left-in", answer)

# %%
planted = [tuple(ids[word] for word in four) for four in corpus.analogies()]
full = words.embedded(P, len(ids)).W
ks = [1, 2, 4, 6, 8, 10, 12, 16, 20]
out = [words.share_right(full[:, :k], planted) for k in ks]
inside = [words.share_right(full[:, :k], planted, exclude=False) for k in ks]
assert all(few <= many for few, many in zip(inside, out, strict=True))
curves = [
    shares.Curve("given words left out", out, LIGHT.highlight),
    shares.Curve("left in", inside, LIGHT.neutral, "dot", "square"),
]
lesson.show(shares.shares(ks, curves, LIGHT, title=f"{len(planted)} analogies", along="k", y="% of analogies right"))

# %% [markdown]
# Why does it work? The sum of three vectors, multiplied by any neighbour $j$, is a sum of three cells of PPMI, in which
# the frequency of $j$ cancels. What is left are ratios: *d* is the answer if $p(j \mid d) / p(j \mid c)$ is what
# $p(j \mid a) / p(j \mid b)$ is.

# %%
here = derivation.at(n, k=12, four=(a, b, c, ids["queen"]))
lesson.holds(derivation.LINES, "A question of the neighbour", here)
lesson.holds(derivation.LINES, "With all columns", here)
lesson.holds(derivation.LINES, "It is about ratios", here)

# %% [markdown]
# And what if the window is too narrow to see a palace from a king? With $h = 1$ a name sees only its adjective and its
# verb.

# %%
near = words.embedded(words.ppmi(words.cooccurrences(said, ids, window=1)), 12).W
four = [ids[name] for name in ("king", "queen", "man", "woman")]
print("cosines of king with queen, man, woman:", np.round(interpret.cosine(near[four[0]], near[four[1:]]), 3))
print("with the rule:   ", names[words.analogy(near, a, b, c, 1)[0][0]])
print("without the rule:", names[words.analogy(near, a, b, c, 1, exclude=False)[0][0]])
print(
    f"all: {words.share_right(near, planted):.0%} with, {words.share_right(near, planted, exclude=False):.0%} without"
)

# %% [markdown]
# To these vectors the four are nearly one word. *Queen* wins because the rule excludes every other candidate. A right
# answer is no proof: always ask what would have won, and what chance gives.
#
# No axis has a meaning of its own here either. Turn all vectors, and every cosine stays (E10):

# %%
Q = interpret.rotation(k, seed=1)
np.testing.assert_allclose(interpret.cosine(W[a] @ Q, W @ Q), interpret.cosine(W[a], W), atol=1e-12)

# %% [markdown]
# ## Films near films
#
# The rows of $U$ are embeddings of films, trained on nothing but ratings.

# %%
R, films = data.load("ml-small")
cfg = als.Config(k=10, lam=10.0, joint=True)
first, second = (fit(als, R, cfg, T=15, seed=seed).U for seed in (0, 1))
counts = R.items_counts
often = np.argsort(-counts, kind="stable")[:500]
j = int(np.flatnonzero(often == films.find("Toy Story (1995)")[0])[0])
for U in (first, second):
    rows, cosines = interpret.neighbours(U[often], j, n=5)
    print(
        *(f"{films.label(often[q])} {cosine:.2f}" for q, cosine in zip(rows, cosines, strict=True)),
        sep="\n",
        end="\n\n",
    )

# %% [markdown]
# Two random starts of the same training, two lists. How alike are they, over all films? And do neighbours share a genre
# more often than films drawn at random?

# %%
genres = sorted({name for q in often for name in films.genres[q]})
has = np.array([[name in films.genres[q] for name in genres] for q in often])
here, there = nearness.nearest(first[often], 10), nearness.nearest(second[often], 10)
by_hand = np.mean([len(set(x) & set(y)) / 10 for x, y in zip(here.tolist(), there.tolist(), strict=True)])
np.testing.assert_allclose(nearness.overlap(here, there).mean(), by_hand)
print(f"near from both starts: {by_hand:.0%}, by chance {10 / 499:.0%}")
print(
    f"share a genre: {nearness.agreement(here, has).mean():.0%}, by chance "
    f"{nearness.agreement_by_chance(has).mean():.0%}"
)

# %% [markdown]
# ## Sums of films
#
# Let film a have one more genre than b, and let c lack it. Then a − b + c should be a film like c with that genre.

# %%
lesson.ask("09-films")

# %%
answer = ...
lesson.check("09-films", answer)

# %%
real = nearness.scored(first[often], has, nearness.analogies(has, 300, np.random.default_rng(0)))
R, films = data.load("planted")
U = fit(als, R, cfg, T=15, seed=0).U
genres = sorted({name for own in films.genres for name in own})
has = np.array([[name in own for name in genres] for own in films.genres])
made = nearness.scored(U, has, nearness.analogies(has, 300, np.random.default_rng(0)))
bars = [
    shares.Curve("a − b + c", [real.arithmetic, made.arithmetic], LIGHT.highlight),
    shares.Curve("nearest to a", [real.near_a, made.near_a], LIGHT.neutral),
    shares.Curve("nearest to c", [real.near_c, made.near_c], LIGHT.quiet),
    shares.Curve("by chance", [real.chance, made.chance], LIGHT.missing),
]
assert made.arithmetic > 2 * max(made.near_a, made.chance)
assert real.arithmetic < max(real.near_a, real.near_c, real.chance) + 0.1
lesson.show(
    shares.bars(["real films", "planted films"], bars, LIGHT, title="First answers that are right", y="% of sums")
)

# %% [markdown]
# Planted films *are* sums of genres, and the arithmetic finds them. Real films are what their raters made of them, and
# sums of them are hardly better than chance. The same few lines of code do both: an analogy works where its features
# were put into the data, by a grammar or by the world.
#
# ## Where to go from here
#
# - **In the app:** [right for the wrong reason](http://localhost:8501/embeddings?view=King+%E2%88%92+man+%2B+woman&window=1),
#   and [films near films](http://localhost:8501/embeddings?view=Films+near+films) (start it with `make app`).
# - **Back:** [6 · Singular value decomposition](06_svd.ipynb), where the SVD comes from.
