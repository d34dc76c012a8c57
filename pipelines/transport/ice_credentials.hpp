// A user-name fragment and a password: what one side of an ICE session is known by (RFC 8445 section 5.3).
// Thread: any (value).
#pragma once

#include <string>

namespace thranio::transport {

struct IceCredentials {
  std::string ufrag;
  std::string password;
};

}  // namespace thranio::transport
