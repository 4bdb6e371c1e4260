/// The registers of one lane that contain its part of a matrix.
template <typename T, int Count>
struct registers {
    T at[Count];
};
