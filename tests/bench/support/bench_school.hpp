// A school on a server under measurement, made through REST as an admin's script would: lessons, and links
// into them. Thread: the caller's; calls block.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace thranio::bench {

struct BenchLesson {
  std::string id, teacher_token, guest_token;  // the guest link is open if no name was given
};

class BenchSchool {
 public:
  // Throws when the server does not answer as it should, as do the others.
  BenchSchool(std::string origin, std::string token);

  // A live lesson; `more`: further members of the lesson.
  BenchLesson open_lesson(const nlohmann::json& more = nlohmann::json::object(),
                          const std::string& guest = "");
  const std::string& origin() const { return origin_; }

 private:
  std::string post(const std::string& path, const nlohmann::json& body, const std::string& wanted) const;

  const std::string origin_, token_;
  std::string class_;
};

// WHIP or WHEP: the offer's answer. Throws when it is refused.
std::string post_sdp(const std::string& origin, const BenchLesson& lesson, const std::string& path,
                     const std::string& token, const std::string& offer);

}  // namespace thranio::bench
