/// The face of a cube in a direction, and the place on it from 0 to 1. Cubemaps need normalized coordinates.
struct cube_face {
    int number;
    float s, t;
    __device__ cube_face(float x, float y, float z) {
        const float a = fabsf(x), b = fabsf(y), c = fabsf(z);
        float most;
        if (a >= b && a >= c) {
            number = x >= 0.0f ? 0 : 1;
            most = a, s = x >= 0.0f ? -z : z, t = -y;
        } else if (b >= c) {
            number = y >= 0.0f ? 2 : 3;
            most = b, s = x, t = y >= 0.0f ? z : -z;
        } else {
            number = z >= 0.0f ? 4 : 5;
            most = c, s = z >= 0.0f ? x : -x, t = -y;
        }
        s = (s / most + 1.0f) / 2.0f;
        t = (t / most + 1.0f) / 2.0f;
    }
};
