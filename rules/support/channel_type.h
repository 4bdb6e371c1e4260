/// `channel_type<T>::type` is the type of the components of a vector type, and a number's own type.
template <typename T, typename = void> struct channel_type {
    using type = T;
};
template <typename T> struct channel_type<T, decltype(static_cast<void>(sizeof(typename T::value_type)))> {
    using type = typename T::value_type;
};
