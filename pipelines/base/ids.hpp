// Identifiers as distinct types: a LessonId is never taken for a UserId, an Ssrc never for a count.
// String ids are opaque (design: REST); wire ids are the numbers of RFC 3550 and RFC 9143. Thread: any
// (values).
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace thranio {

template <typename Tag, typename T>
class Id {
 public:
  Id() = default;
  explicit Id(T value) : value_(std::move(value)) {}
  const T& value() const { return value_; }
  auto operator<=>(const Id&) const = default;

 private:
  T value_{};
};

using SchoolId = Id<struct SchoolTag, std::string>;
using UserId = Id<struct UserTag, std::string>;
using ClassId = Id<struct ClassTag, std::string>;
using EnrollmentId = Id<struct EnrollmentTag, std::string>;
using LessonId = Id<struct LessonTag, std::string>;
using ParticipantId = Id<struct ParticipantTag, std::string>;  // one person in one lesson
using PeerId = Id<struct PeerTag, std::string>;  // one WHIP or WHEP session; the last part of its URL

using Ssrc = Id<struct SsrcTag, uint32_t>;
using TrackId =
    Id<struct TrackTag, uint32_t>;  // one RTP stream inside a lesson's pipeline, never reused within it

}  // namespace thranio

template <typename Tag, typename T>
struct std::hash<thranio::Id<Tag, T>> {
  size_t operator()(const thranio::Id<Tag, T>& id) const noexcept { return std::hash<T>{}(id.value()); }
};
