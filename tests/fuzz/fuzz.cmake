# One libFuzzer executable per tests/fuzz/<name>.fuzz.cpp: build/fuzz/<name>_fuzz. Sources of server/ that a
# fuzzer reaches into must need neither Boost nor SOCI; a comment line in the fuzzer names them:
#   // fuzz-sources: server/signaling/decode.cpp
include(server/embedded/embedded.cmake)  # the schemas of what is fuzzed
pkg_check_modules(ICAL REQUIRED IMPORTED_TARGET libical)
pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET cairo)
pkg_check_modules(ZIP REQUIRED IMPORTED_TARGET libzip)
find_library(DATE_TZ date-tz REQUIRED)
find_library(CSV csv REQUIRED)
set(CMAKE_UNITY_BUILD OFF)  # sources of several folders, a few each
file(GLOB fuzzers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/*.fuzz.cpp)
foreach(fuzzer ${fuzzers})
  get_filename_component(name ${fuzzer} NAME)
  string(REPLACE ".fuzz.cpp" "" name ${name})
  set(extra "")
  file(STRINGS ${fuzzer} named REGEX "^// fuzz-sources: ")
  foreach(line ${named})
    string(REGEX REPLACE "^// fuzz-sources: " "" line "${line}")
    separate_arguments(line)
    list(TRANSFORM line PREPEND ${CMAKE_SOURCE_DIR}/)
    list(APPEND extra ${line})
  endforeach()
  add_executable(${name}_fuzz ${fuzzer} ${extra})
  target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${name}_fuzz PRIVATE thranio_transport thranio_rtp thranio_sdp thranio_embedded test_peer
                        PkgConfig::ICAL PkgConfig::ZIP PkgConfig::ZLIB PkgConfig::CAIRO ${DATE_TZ} ${CSV})
  list(APPEND fuzz_targets ${name}_fuzz)
endforeach()
add_custom_target(fuzzers DEPENDS ${fuzz_targets})
