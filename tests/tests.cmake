# One executable per folder of tests, named after it: unit_rtp, unit_http, http_api, element, store, media ...
# ctest runs each; `build/asan/unit_rtp "[nack]"` runs some.
find_path(CATCH_INCLUDE catch2/catch.hpp REQUIRED)
add_library(catch_main STATIC ${CMAKE_SOURCE_DIR}/tests/support/catch_main.cpp)
target_include_directories(catch_main PUBLIC ${CATCH_INCLUDE} ${CMAKE_SOURCE_DIR})

# thranio_test(name folder pattern LABELS ... LINKS ...)
function(thranio_test name folder pattern)
  cmake_parse_arguments(ARG "" "" "LABELS;LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/${pattern})
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE catch_main ${ARG_LINKS})
  target_compile_definitions(${name} PRIVATE THRANIO_SOURCE_DIR="${CMAKE_SOURCE_DIR}" THRANIO_BINARY_DIR="${CMAKE_BINARY_DIR}")
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 600)
endfunction()

thranio_test(unit_house tests/unit *.test.cpp LABELS unit)
foreach(folder base rtp picture sdp transport)
  thranio_test(unit_${folder} tests/unit/${folder} *.test.cpp LABELS unit LINKS thranio_${folder})
endforeach()
target_sources(unit_transport PRIVATE ${CMAKE_SOURCE_DIR}/tests/support/libssl_clock.cpp)
target_sources(unit_rtp PRIVATE ${CMAKE_SOURCE_DIR}/tests/support/link_profiles.cpp
               ${CMAKE_SOURCE_DIR}/tests/support/link_model.cpp ${CMAKE_SOURCE_DIR}/tests/support/line_tape_player.cpp
               ${CMAKE_SOURCE_DIR}/tests/support/av1_packetizer.cpp)
target_link_libraries(unit_transport PRIVATE test_peer)
foreach(folder http store auth roster schedule slides lesson mail api signaling)
  thranio_test(unit_${folder} tests/unit/${folder} *.test.cpp LABELS unit LINKS thranio_${folder} thranio_embedded)
endforeach()
set_target_properties(unit_lesson PROPERTIES UNITY_BUILD OFF)  # its files share names for their children and teachers
target_sources(unit_roster PRIVATE ${CMAKE_SOURCE_DIR}/tests/support/one_roster_maker.cpp)
# A foreign player for tests: GStreamer's webrtcbin.
add_library(test_player STATIC ${CMAKE_SOURCE_DIR}/tests/support/webrtcbin_player.cpp)
target_link_libraries(test_player PUBLIC thranio_pipelines)

thranio_test(element tests/element *.element.cpp LABELS "element;threads" LINKS thranio_pipelines test_player)
target_sources(element PRIVATE ${CMAKE_SOURCE_DIR}/tests/support/av1_packetizer.cpp)
# The listener in the test's own process, with limits small enough to meet them.
add_library(test_raw_client STATIC ${CMAKE_SOURCE_DIR}/tests/support/raw_client.cpp)
target_include_directories(test_raw_client PUBLIC ${CMAKE_SOURCE_DIR})
thranio_test(listener tests/listener *.listener.cpp LABELS "http;threads" LINKS thranio_http test_raw_client)
thranio_test(store tests/store *.store.cpp LABELS store LINKS thranio_store thranio_embedded)
# Slides: foreign programs behind walls, on real files.
thranio_test(slides tests/slides *.slides.cpp LABELS slides LINKS thranio_slides thranio_embedded)

# Against the real server: the tests start build/.../thranio as a child and talk to it over loopback.
thranio_test(http_api tests/http *.http.cpp LABELS "http;threads" LINKS thranio_api thranio_signaling thranio_embedded
             test_media test_player test_raw_client thranio_pipelines)
if(TARGET http_api)
  target_sources(http_api PRIVATE ${CMAKE_SOURCE_DIR}/tests/support/server_process.cpp
                 ${CMAKE_SOURCE_DIR}/tests/support/one_roster_maker.cpp
                 ${CMAKE_SOURCE_DIR}/tests/support/smtp_sink.cpp)
  add_dependencies(http_api thranio)
endif()
thranio_test(media tests/media *.media.cpp LABELS "media;threads" LINKS test_media test_player thranio_pipelines)
include(tests/headers_alone.cmake)
# For the tests in JavaScript (tests/calendar).
add_executable(recurrence_tool ${CMAKE_SOURCE_DIR}/tests/support/recurrence_tool.cpp)
target_link_libraries(recurrence_tool PRIVATE thranio_schedule)
# Poor links: the emulator, and its own tests (those with packets need root, and say so).
add_executable(link_emulator ${CMAKE_SOURCE_DIR}/tests/support/link_emulator.cpp
                             ${CMAKE_SOURCE_DIR}/tests/support/link_profiles.cpp
                             ${CMAKE_SOURCE_DIR}/tests/support/link_model.cpp)
target_link_libraries(link_emulator PRIVATE thranio_base)
thranio_test(link tests/link *.link.cpp LABELS link LINKS thranio_base)
target_sources(link PRIVATE ${CMAKE_SOURCE_DIR}/tests/support/link_profiles.cpp
               ${CMAKE_SOURCE_DIR}/tests/support/link_model.cpp ${CMAKE_SOURCE_DIR}/tests/support/poor_link.cpp)
add_dependencies(link link_emulator)
