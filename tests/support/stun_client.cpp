#include "tests/support/stun_client.hpp"

#include <stdexcept>
#include <utility>

#include <stun/stunagent.h>
#include <stun/usages/ice.h>

namespace thranio::test {

struct StunClient::State {
  transport::IceCredentials server;
  std::string username;
  StunAgent agent;
};

StunClient::StunClient(transport::IceCredentials server, transport::IceCredentials client)
    : state_(std::make_unique<State>()) {
  state_->username = server.ufrag + ':' + client.ufrag;
  state_->server = std::move(server);
  stun_agent_init(&state_->agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                  static_cast<StunAgentUsageFlags>(STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS |
                                                   STUN_AGENT_USAGE_USE_FINGERPRINT));
}

StunClient::~StunClient() = default;
StunClient::StunClient(StunClient&&) noexcept = default;
StunClient& StunClient::operator=(StunClient&&) noexcept = default;

std::vector<uint8_t> StunClient::check(bool nominate, Role role) {
  constexpr uint32_t kPriority = 0x6e0001ff;  // peer reflexive, component 1
  constexpr uint64_t kTieBreaker = 0x1122334455667788;
  StunMessage message;
  std::vector<uint8_t> datagram(512);
  const std::string& password = state_->server.password;
  const size_t size = stun_usage_ice_conncheck_create(
      &state_->agent, &message, datagram.data(), datagram.size(),
      reinterpret_cast<const uint8_t*>(state_->username.data()), state_->username.size(),
      reinterpret_cast<const uint8_t*>(password.data()), password.size(), nominate,
      role == Role::kControlling, kPriority, kTieBreaker, nullptr, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
  if (size == 0) throw std::runtime_error("no room for a check");
  datagram.resize(size);
  return datagram;
}

StunClient::Reply StunClient::read(std::span<const uint8_t> datagram) {
  Reply reply;
  StunMessage message;
  const auto status =
      stun_agent_validate(&state_->agent, &message, datagram.data(), datagram.size(), nullptr, nullptr);
  if (status == STUN_VALIDATION_NOT_STUN || status == STUN_VALIDATION_INCOMPLETE_STUN) return reply;
  if (stun_message_get_class(&message) == STUN_ERROR) {
    stun_message_find_error(&message, &reply.error_code);
    return reply;
  }
  sockaddr_storage mapped{};
  socklen_t size = sizeof mapped;
  reply.success = status == STUN_VALIDATION_SUCCESS &&
                  stun_message_find_xor_addr(&message, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &mapped, &size) ==
                      STUN_MESSAGE_RETURN_SUCCESS;
  if (reply.success) reply.mapped = transport::SocketAddress{mapped};
  return reply;
}

}  // namespace thranio::test
