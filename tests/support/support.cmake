# What tests and benches share.
# A browser's transport: connectivity checks and DTLS.
add_library(test_peer STATIC ${CMAKE_SOURCE_DIR}/tests/support/stun_client.cpp
                             ${CMAKE_SOURCE_DIR}/tests/support/dtls_client.cpp)
target_link_libraries(test_peer PUBLIC thranio_transport)
