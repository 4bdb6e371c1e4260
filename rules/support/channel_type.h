/// `channel_type<T>::type` is the type of the components of a vector type, and a number's own type.
template <typename Type, typename = void> struct channel_type {
    using type = Type;
};
template <typename Type> struct channel_type<Type, decltype(static_cast<void>(sizeof(typename Type::value_type)))> {
    using type = typename Type::value_type;
};
