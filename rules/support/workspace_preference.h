/// How much workspace the algorithm of a convolution may use.
enum class workspace_preference { none, unlimited, limited };
