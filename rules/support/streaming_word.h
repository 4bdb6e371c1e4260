/// The vector of words that a load or store of `Size` bytes moves.
template <int Size> struct streaming_word;
template <> struct streaming_word<1> { using type = unsigned char; };
template <> struct streaming_word<2> { using type = unsigned short; };
template <> struct streaming_word<4> { using type = unsigned; };
template <> struct streaming_word<8> { typedef unsigned type __attribute__((ext_vector_type(2))); };
template <> struct streaming_word<16> { typedef unsigned type __attribute__((ext_vector_type(4))); };
