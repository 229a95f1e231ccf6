"""Speed, memory and accuracy beside other libraries, on the same ratings in the same run."""
