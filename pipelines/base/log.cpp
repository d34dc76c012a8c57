#include "pipelines/base/log.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>

#include <unistd.h>

namespace thranio::log {
namespace {

std::atomic<Level> g_level{
    Level::kInfo};  // The process has one stderr; its threshold is the one global we keep.

void append_escaped(std::string& line, std::string_view text) {
  for (const unsigned char c : text) {
    if (c == '"' || c == '\\') {
      line += '\\';
      line += static_cast<char>(c);
    } else if (c < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", c);
      line += code;
    } else {
      line += static_cast<char>(c);
    }
  }
}

std::string timestamp() {
  const auto now = std::chrono::system_clock::now();
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  const size_t n = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text + n, sizeof text - n, ".%03dZ", static_cast<int>(millis));
  return text;
}

constexpr const char* kNames[] = {"debug", "info", "warn", "error"};

}  // namespace

void set_level(Level level) {
  g_level = level;
}

void write(Level level, std::string_view event, Fields fields) {
  if (level < g_level.load(std::memory_order_relaxed)) return;
  std::string line =
      R"({"time":")" + timestamp() + R"(","level":")" + kNames[static_cast<int>(level)] + R"(","event":")";
  append_escaped(line, event);
  line += '"';
  for (const auto& [name, value] : fields) {
    line += ",\"";
    append_escaped(line, name);
    line += "\":";
    if (value.quoted()) line += '"';
    append_escaped(line, value.text());
    if (value.quoted()) line += '"';
  }
  line += "}\n";
  [[maybe_unused]] const auto written =
      ::write(STDERR_FILENO, line.data(), line.size());  // a full pipe loses the line
}

}  // namespace thranio::log
