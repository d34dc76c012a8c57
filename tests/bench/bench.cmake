# One executable per tests/bench/*.bench.cpp, named bench_<name>. They print tables and judge nothing: a
# promise that is kept by a figure has its test elsewhere.
file(GLOB benches CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/bench/*.bench.cpp)
foreach(bench ${benches})
  get_filename_component(name ${bench} NAME)
  string(REPLACE .bench.cpp "" name ${name})
  add_executable(bench_${name} ${bench})
  target_link_libraries(bench_${name} PRIVATE thranio_transport test_peer)
endforeach()
# The load tool with its adapters.
file(GLOB fanout_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/bench/fanout/*.cpp)
add_executable(bench_fanout ${fanout_sources})
target_link_libraries(bench_fanout PRIVATE test_media thranio_http)
