# One executable per tests/bench/*.bench.cpp, named bench_<name>. They print tables and judge nothing: a
# promise that is kept by a figure has its test elsewhere.
file(GLOB benches CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/bench/*.bench.cpp)
foreach(bench ${benches})
  get_filename_component(name ${bench} NAME)
  string(REPLACE .bench.cpp "" name ${name})
  add_executable(bench_${name} ${bench})
  target_link_libraries(bench_${name} PRIVATE thranio_transport test_peer)
endforeach()
file(GLOB support_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/bench/support/*.cpp)
add_library(bench_support STATIC ${support_sources})
target_link_libraries(bench_support PUBLIC thranio_http)
# The load tools: media with its adapters for other servers, and a large class on its WebSockets.
foreach(tool fanout class)
  file(GLOB tool_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/bench/${tool}/*.cpp)
  add_executable(bench_${tool} ${tool_sources})
  target_link_libraries(bench_${tool} PRIVATE bench_support)
endforeach()
target_link_libraries(bench_fanout PRIVATE test_media)
# OneRoster files, beside a bare SQLite.
add_executable(bench_import ${CMAKE_SOURCE_DIR}/tests/bench/import/main.cpp
               ${CMAKE_SOURCE_DIR}/tests/support/one_roster_maker.cpp)
target_link_libraries(bench_import PRIVATE thranio_roster)
# The rival of tests/bench/rest.
add_executable(bench_bare_http ${CMAKE_SOURCE_DIR}/tests/bench/rest/bare.cpp)
target_link_libraries(bench_bare_http PRIVATE thranio_asio)
