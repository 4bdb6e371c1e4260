/// Two numbers.
struct float_pair {
    float low, high;
};
