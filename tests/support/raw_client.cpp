#include "tests/support/raw_client.hpp"

#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace thranio::test {

std::string RawResponse::header(const std::string& name) const {
  const size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const size_t from = at + 2 + name.size() + 2;
  return head.substr(from, head.find("\r\n", from) - from);
}

int Frame::close_code() const {
  if (payload.size() < 2) return 0;
  return static_cast<uint8_t>(payload[0]) << 8 | static_cast<uint8_t>(payload[1]);
}

RawClient::RawClient(uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket_ < 0 || connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    throw std::runtime_error("no connection to port " + std::to_string(port));
}

RawClient::~RawClient() {
  close(socket_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool RawClient::fill() {
  pollfd readable{socket_, POLLIN, 0};
  const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience);
  if (poll(&readable, 1, static_cast<int>(patience.count())) <= 0)
    throw std::runtime_error("the server neither answers nor closes");
  char bytes[16 * 1024];
  const ssize_t size = recv(socket_, bytes, sizeof bytes, 0);
  if (size <= 0) return false;
  received_.append(bytes, static_cast<size_t>(size));
  return true;
}

RawResponse RawClient::read_response() {
  size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return {};
  RawResponse response;
  response.head = received_.substr(0, end + 2);
  received_.erase(0, end + 4);
  response.status = std::stoi(response.head.substr(9, 3));
  const std::string length = response.header("Content-Length");
  const size_t size = length.empty() ? 0 : std::stoul(length);
  while (received_.size() < size)
    if (!fill()) break;
  response.body = received_.substr(0, size);
  received_.erase(0, size);
  return response;
}

std::string RawClient::read_to_end() {
  while (fill()) {
  }
  return std::move(received_);
}

RawResponse RawClient::upgrade(const std::string& path, const std::string& subprotocol) {
  send("GET " + path +
       " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
       (subprotocol.empty() ? "" : "Sec-WebSocket-Protocol: " + subprotocol + "\r\n") + "\r\n");
  return read_response();
}

void RawClient::send_frame(int opcode, std::string_view payload) {
  const size_t size = payload.size();
  std::string frame{static_cast<char>(0x80 | opcode)};
  constexpr int kMasked = 0x80;  // with a key of zeros: the payload stays readable in a capture
  if (size < 126) {
    frame += static_cast<char>(kMasked | static_cast<int>(size));
  } else if (size < 65536) {
    frame += static_cast<char>(kMasked | 126);
    for (int shift = 8; shift >= 0; shift -= 8)
      frame += static_cast<char>(size >> shift);
  } else {
    frame += static_cast<char>(kMasked | 127);
    for (int shift = 56; shift >= 0; shift -= 8)
      frame += static_cast<char>(size >> shift);
  }
  frame.append(4, '\0');
  frame += payload;
  send(frame);
}

Frame RawClient::read_frame() {
  const auto need = [this](size_t count) {
    while (received_.size() < count)
      if (!fill()) return false;
    return true;
  };
  const auto byte = [this](size_t at) { return static_cast<size_t>(static_cast<uint8_t>(received_[at])); };
  if (!need(2)) return {8, ""};
  size_t size = byte(1) & 127, head = 2;
  const size_t extra = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (!need(head + extra)) return {8, ""};
  if (extra) size = 0;
  for (size_t i = 0; i < extra; ++i)
    size = size << 8 | byte(head + i);
  head += extra;
  if (!need(head + size)) return {8, ""};
  Frame frame{static_cast<int>(byte(0) & 15), received_.substr(head, size), (byte(0) & 0x80) != 0};
  received_.erase(0, head + size);
  return frame;
}

std::string RawClient::read_message() {
  std::string message;
  for (;;) {
    const Frame frame = read_frame();
    message += frame.payload;
    if (frame.last || frame.opcode == 8) return message;
  }
}

}  // namespace thranio::test
