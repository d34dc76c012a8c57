#include "server/config.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

namespace thranio {
namespace {

template <typename Number>
std::optional<Number> number(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "127.0.0.1:8443", "[::1]:8443"
bool parse_listen(const std::string& text, Config& config) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  std::string address = text.substr(0, colon);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  const auto port = number<uint16_t>(text.substr(colon + 1));
  if (address.empty() || !port) return false;
  config.http.address = config.media.listen_address = address;
  config.http.port = *port;
  return true;
}

// Takes the option's value; false if it is not one we know or the value is wrong (`why` says).
bool apply(Config& config, const std::string& option, const std::string& value, std::string& why) {
  const auto bad = [&](const char* wanted) {
    why = option + " wants " + wanted + ", not \"" + value + "\"";
    return false;
  };
  if (option == "--data") {
    config.data = value;
  } else if (option == "--role") {
    if (value != "admin")
      return bad("admin (a teacher's or student's token is made through REST, for a user)");
    config.token_role = value;
  } else if (option == "--listen") {
    if (!parse_listen(value, config)) return bad("ADDRESS:PORT");
  } else if (option == "--public-address") {
    config.media.public_addresses.push_back(value);
  } else if (option == "--tls-cert") {
    config.http.tls_certificate = value;
  } else if (option == "--tls-key") {
    config.http.tls_key = value;
  } else if (option == "--smtp") {
    if (!value.starts_with("smtp://") && !value.starts_with("smtps://"))
      return bad("smtp://HOST:PORT or smtps://HOST:PORT");
    config.mail.relay = value;
  } else if (option == "--mail-from") {
    if (!mail::is_address(value)) return bad("an address");
    config.mail.from = value;
  } else if (option == "--smtp-login-file") {
    std::ifstream file(value);
    if (!std::getline(file, config.mail.user) || !std::getline(file, config.mail.password))
      return bad("a file with the user's name and the password, a line each");
  } else if (option == "--line-tapes") {
    if (!std::filesystem::is_directory(value)) return bad("a folder that is there");
    config.media.line_tapes = value;
  } else if (option == "--workers") {
    const auto workers = number<unsigned>(value);
    if (!workers || *workers < 1 || *workers > 256) return bad("a number from 1 to 256");
    config.media.workers = *workers;
  } else {
    why = "unknown option " + option;
    return false;
  }
  return true;
}

}  // namespace

std::string usage() {
  return R"(thranio serve --data DIR [options]   run the server
  --data DIR              where schools, lessons and tokens are kept; made if it is missing
  --listen ADDRESS:PORT   TCP for pages and REST, UDP for media (default 0.0.0.0:8443)
  --public-address IP     what browsers reach us by, behind NAT or with several addresses; may be repeated
  --tls-cert FILE --tls-key FILE   PEM; TLS and plain HTTP share the port
  --smtp URL --mail-from ADDRESS   a relay for invitations: smtp://HOST:PORT, smtps://HOST:PORT; without one they
                          are shown to the admin
  --smtp-login-file FILE  the relay's user and password, a line each
  --workers N             media threads (default: one for each core)
  --no-ladder             everybody gets everything whatever her line carries; for measurements
  --line-tapes DIR        keeps there what each student's line told (sizes and times, nothing of the content)
  --demo                  with a school, a live lesson and a synthetic teacher
thranio token create --data DIR --role admin   print a new API token
thranio --version
)";
}

std::expected<Config, std::string> parse_command_line(const std::vector<std::string>& arguments) {
  Config config;
  config.media.workers = std::max(1u, std::thread::hardware_concurrency());
  size_t at = 0;
  const auto next_is = [&](const char* word) { return at < arguments.size() && arguments[at] == word; };
  if (next_is("--version")) {
    config.command = Config::Command::kVersion;
    return config;
  }
  if (arguments.empty() || next_is("--help") || next_is("help")) return config;
  if (next_is("serve")) {
    config.command = Config::Command::kServe;
    at = 1;
  } else if (next_is("token") && arguments.size() > 1 && arguments[1] == "create") {
    config.command = Config::Command::kTokenCreate;
    at = 2;
  } else {
    return std::unexpected("unknown command \"" + arguments[0] + "\"");
  }
  while (at < arguments.size()) {
    const std::string option = arguments[at++];
    if (option == "--no-ladder") {
      config.media.ladder = false;
      continue;
    }
    if (option == "--demo") {
      config.demo = true;
      continue;
    }
    if (at == arguments.size()) return std::unexpected(option + " wants a value");
    std::string why;
    if (!apply(config, option, arguments[at++], why)) return std::unexpected(why);
  }
  if (config.data.empty())
    return std::unexpected("--data DIR is missing: where schools and lessons are kept");
  if (config.http.tls_certificate.empty() != config.http.tls_key.empty())
    return std::unexpected("--tls-cert and --tls-key belong together");
  if (config.mail.relay.empty() != config.mail.from.empty())
    return std::unexpected("--smtp and --mail-from belong together");
  return config;
}

}  // namespace thranio
