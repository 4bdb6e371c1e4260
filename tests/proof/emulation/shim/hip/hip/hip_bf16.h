#pragma once
#include "hip_runtime.h"
struct __hip_bfloat16 {
    unsigned short bits;
};
