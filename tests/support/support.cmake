# What tests and benches share.
# A browser's transport: connectivity checks and DTLS.
add_library(test_peer STATIC ${CMAKE_SOURCE_DIR}/tests/support/stun_client.cpp
                             ${CMAKE_SOURCE_DIR}/tests/support/dtls_client.cpp)
target_link_libraries(test_peer PUBLIC thranio_transport)
# Students and teachers without a browser.
add_library(test_media STATIC ${CMAKE_SOURCE_DIR}/tests/support/media_client.cpp
                              ${CMAKE_SOURCE_DIR}/tests/support/one_lesson.cpp)
target_link_libraries(test_media PUBLIC test_peer thranio_pipelines)
