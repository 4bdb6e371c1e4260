/// The registers of one lane that contain its part of a matrix.
template <typename Type, int Count>
struct registers {
    Type at[Count];
};
