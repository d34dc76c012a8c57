#include "pipelines/transport/stun_message.hpp"

#include <stun/stunagent.h>
#include <stun/usages/ice.h>

namespace thranio::transport {
namespace {

constexpr size_t kHeaderSize = 20;
constexpr uint32_t kMagicCookie = 0x2112A442;  // RFC 8489 section 5

uint16_t read16(const uint8_t* bytes) {
  return static_cast<uint16_t>(bytes[0] << 8 | bytes[1]);
}

uint32_t read32(const uint8_t* bytes) {
  return uint32_t{read16(bytes)} << 16 | read16(bytes + 2);
}

bool looks_like_stun(std::span<const uint8_t> datagram) {
  return datagram.size() >= kHeaderSize && datagram[0] < 4 && read32(&datagram[4]) == kMagicCookie &&
         read16(&datagram[2]) == datagram.size() - kHeaderSize && datagram.size() % 4 == 0;
}

std::optional<std::span<const uint8_t>> find_username(std::span<const uint8_t> datagram) {
  for (auto rest = datagram.subspan(kHeaderSize); rest.size() >= 4;) {
    const size_t length = read16(&rest[2]);
    const size_t padded = 4 + ((length + 3) & ~size_t{3});
    if (padded > rest.size()) return {};
    if (read16(&rest[0]) == STUN_ATTRIBUTE_USERNAME) return rest.subspan(4, length);
    rest = rest.subspan(padded);
  }
  return {};
}

// Comprehension-required attributes that a check may carry; any other earns 420 (RFC 8489 section 6.3.1).
constexpr uint16_t kKnownAttributes[] = {STUN_ATTRIBUTE_USERNAME, STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
                                         STUN_ATTRIBUTE_PRIORITY, STUN_ATTRIBUTE_USE_CANDIDATE, 0};

// A StunAgent remembers 200 requests of its own (13 KB) that we never make: one per thread serves all peers,
// for with requests it is only read.
StunAgent& agent() {
  thread_local StunAgent instance = [] {
    StunAgent fresh;
    stun_agent_init(&fresh, kKnownAttributes, STUN_COMPATIBILITY_RFC5389,
                    static_cast<StunAgentUsageFlags>(STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS |
                                                     STUN_AGENT_USAGE_USE_FINGERPRINT));
    return fresh;
  }();
  return instance;
}

struct Credentials {
  std::string_view ufrag;
  std::string_view password;
};

// RFC 8445 section 7.3: the name is good when its first part is our fragment.
bool give_password(StunAgent*, StunMessage*, uint8_t* username, uint16_t username_size, uint8_t** password,
                   size_t* password_size, void* user_data) {
  const auto& local = *static_cast<const Credentials*>(user_data);
  const std::string_view name{reinterpret_cast<const char*>(username), username ? username_size : size_t{0}};
  const size_t colon = name.find(':');
  if (colon == std::string_view::npos || name.substr(0, colon) != local.ufrag) return false;
  // libnice only reads it.
  *password = reinterpret_cast<uint8_t*>(const_cast<char*>(local.password.data()));
  *password_size = local.password.size();
  return true;
}

size_t build_error(StunAnswer& answer, const StunMessage& request, StunError code) {
  StunMessage reply;
  if (!stun_agent_init_error(&agent(), &reply, answer.buffer.data(), answer.buffer.size(), &request, code))
    return 0;
  return stun_agent_finish_message(&agent(), &reply, request.key, request.key_len);
}

size_t build_unknown_attributes(StunAnswer& answer, const StunMessage& request) {
  StunMessage reply;
  return stun_agent_build_unknown_attributes_error(&agent(), &reply, answer.buffer.data(),
                                                   answer.buffer.size(), &request);
}

// A dual-stack socket hands out IPv4 peers as ::ffff:a.b.c.d; the peer knows itself by a.b.c.d.
sockaddr_storage unmapped(const SocketAddress& from) {
  sockaddr_storage storage{};
  std::memcpy(&storage, from.data(), from.size());
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(*from.data());
  if (from.family() != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) return storage;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = v6.sin6_port;
  std::memcpy(&v4.sin_addr, v6.sin6_addr.s6_addr + 12, sizeof v4.sin_addr);
  storage = {};
  std::memcpy(&storage, &v4, sizeof v4);
  return storage;
}

size_t build_success(StunAnswer& answer, StunMessage& request, const SocketAddress& from) {
  StunMessage reply;
  bool controlling = false;
  size_t size = answer.buffer.size();
  const sockaddr_storage source = unmapped(from);
  const socklen_t source_size = source.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  const auto result = stun_usage_ice_conncheck_create_reply(&agent(), &request, &reply, answer.buffer.data(),
                                                            &size, &source, source_size, &controlling, 0,
                                                            STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
  return result == STUN_USAGE_ICE_RETURN_SUCCESS ? size : 0;
}

void answer_verified(StunAnswer& answer, StunMessage& request, const SocketAddress& from) {
  if (stun_message_get_method(&request) != STUN_BINDING) {
    answer.drop = DropReason::kMalformedStun;
    answer.size = build_error(answer, request, STUN_ERROR_BAD_REQUEST);
  } else if (stun_message_has_attribute(&request, STUN_ATTRIBUTE_ICE_CONTROLLED)) {
    answer.drop = DropReason::kMalformedStun;  // RFC 8445 section 7.3.1.1; a lite agent never switches
    answer.size = build_error(answer, request, STUN_ERROR_ROLE_CONFLICT);
  } else {
    answer.size = build_success(answer, request, from);
    answer.verified = answer.size > 0;
    if (!answer.verified) answer.drop = DropReason::kMalformedStun;
    if (stun_usage_ice_conncheck_use_candidate(&request)) answer.nominates = Nominates::yes;
  }
}

}  // namespace

std::optional<std::string_view> peek_ufrag(std::span<const uint8_t> datagram) {
  if (!looks_like_stun(datagram)) return {};
  const auto username = find_username(datagram);
  if (!username || username->size() > kMaxStunUsername) return {};
  const std::string_view name{reinterpret_cast<const char*>(username->data()), username->size()};
  const size_t colon = name.find(':');
  if (colon == std::string_view::npos || colon == 0) return {};
  return name.substr(0, colon);
}

StunAnswer answer_check(std::span<const uint8_t> datagram, const SocketAddress& from,
                        std::string_view local_ufrag, std::string_view password) {
  StunAnswer answer;
  answer.drop = DropReason::kMalformedStun;
  if (!looks_like_stun(datagram)) return answer;

  Credentials local{local_ufrag, password};
  StunMessage request{};
  const auto status =
      stun_agent_validate(&agent(), &request, datagram.data(), datagram.size(), give_password, &local);
  if (status == STUN_VALIDATION_NOT_STUN || status == STUN_VALIDATION_INCOMPLETE_STUN) return answer;
  if (stun_message_get_class(&request) != STUN_REQUEST) {
    // A Binding indication keeps a NAT open (RFC 8445 section 11) and carries no password; a response answers
    // nobody, since a lite agent sends no checks.
    if (stun_message_get_class(&request) == STUN_INDICATION) answer.drop = DropReason::kStunIndication;
    return answer;
  }
  switch (status) {
    case STUN_VALIDATION_SUCCESS:
      answer.drop = DropReason::kNone;
      answer_verified(answer, request, from);
      break;
    case STUN_VALIDATION_UNAUTHORIZED:  // RFC 8489 section 9.1.3: unknown name or wrong integrity
      answer.drop = DropReason::kStunBadIntegrity;
      answer.size = build_error(answer, request, STUN_ERROR_UNAUTHORIZED);
      break;
    case STUN_VALIDATION_UNKNOWN_REQUEST_ATTRIBUTE:
      answer.size = build_unknown_attributes(answer, request);
      break;
    default:  // no name, no integrity or no fingerprint
      answer.size = build_error(answer, request, STUN_ERROR_BAD_REQUEST);
      break;
  }
  return answer;
}

}  // namespace thranio::transport
