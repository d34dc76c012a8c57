# Every header compiles alone: one translation unit per header that includes nothing else. Not part of `all`
# (tests/run builds the target headers_alone), and without sanitizers: only the front end has a say here.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/pipelines/*.hpp
     ${CMAKE_SOURCE_DIR}/server/*.hpp)
file(GLOB support CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/tests/support/*.hpp)
set(units "")
foreach(header ${headers} ${support})
  string(MAKE_C_IDENTIFIER ${header} unit)
  set(unit ${CMAKE_BINARY_DIR}/headers_alone/${unit}.cpp)
  file(GENERATE OUTPUT ${unit} CONTENT "#include \"${header}\"\n#include \"${header}\"  // and twice\n")
  list(APPEND units ${unit})
endforeach()
add_library(headers_alone OBJECT EXCLUDE_FROM_ALL ${units})
target_compile_options(headers_alone PRIVATE -O0 -g0 -fno-sanitize=all)
target_link_libraries(headers_alone PRIVATE catch_main thranio_pipelines thranio_api thranio_signaling)
