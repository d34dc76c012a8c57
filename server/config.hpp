// All settings as one value, parsed once from the command line. Thread: any (value).
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "pipelines/lesson_pipeline.hpp"
#include "server/http/listener.hpp"
#include "server/mail/mailer.hpp"

namespace thranio {

struct Config {
  enum class Command : uint8_t { kServe, kTokenCreate, kVersion, kHelp };
  Command command = Command::kHelp;
  std::string data;
  http::ListenerSettings http;
  pipelines::MediaPlaneSettings media;
  mail::Settings mail;
  bool demo = false;
  std::string token_role = "admin";
};

// The error is a sentence for the terminal.
std::expected<Config, std::string> parse_command_line(const std::vector<std::string>& arguments);
std::string usage();

}  // namespace thranio
