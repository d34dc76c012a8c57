// Structured log: one line of JSON on stderr per event, for people and for journald alike.
//   log::warn("publisher refused", {{"lesson", id.value()}, {"cause", "second camera"}});
// Never on the packet path: there a counter moves (base/drop_reason). Never a token, never a password.
// Thread: any (one write(2) per line).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace thranio::log {

enum class Level : uint8_t { kDebug, kInfo, kWarn, kError };

class Value {
 public:
  Value(std::string_view text) : text_(text), quoted_(true) {}
  Value(const std::string& text) : text_(text), quoted_(true) {}
  Value(const char* text) : text_(text), quoted_(true) {}
  Value(bool flag) : text_(flag ? "true" : "false"), quoted_(false) {}
  template <typename Number>
  requires std::is_arithmetic_v<Number> Value(Number number)
      : text_(std::to_string(number)), quoted_(false) {}
  const std::string& text() const { return text_; }
  bool quoted() const { return quoted_; }

 private:
  std::string text_;
  bool quoted_;
};

using Fields = std::initializer_list<std::pair<std::string_view, Value>>;

void set_level(Level level);
void write(Level level, std::string_view event, Fields fields);

inline void debug(std::string_view event, Fields fields = {}) {
  write(Level::kDebug, event, fields);
}
inline void info(std::string_view event, Fields fields = {}) {
  write(Level::kInfo, event, fields);
}
inline void warn(std::string_view event, Fields fields = {}) {
  write(Level::kWarn, event, fields);
}
inline void error(std::string_view event, Fields fields = {}) {
  write(Level::kError, event, fields);
}

}  // namespace thranio::log
