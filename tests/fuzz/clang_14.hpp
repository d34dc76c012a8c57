// Included before everything in the fuzz build. clang 14 has what libstdc++'s <expected> asks for but reports
// the older date of concepts; told the newer date, <variant> would use destructors with constraints, which
// clang 14 does not have. So <variant> comes first, and then the date.
#pragma once

#ifdef __cplusplus
#include <variant>

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wbuiltin-macro-redefined"
#undef __cpp_concepts
#define __cpp_concepts 202002L
#pragma clang diagnostic pop
#endif
