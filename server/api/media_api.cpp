#include <algorithm>
#include <cctype>

#include "pipelines/lesson_pipeline.hpp"
#include "server/api/lesson_status.hpp"
#include "server/api/routes.hpp"
#include "server/http/gzip.hpp"
#include "server/lesson/lesson.hpp"
#include "server/lesson/lessons.hpp"
#include "server/schedule/timetable_store.hpp"

// WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep): a POST carries the offer, its answer the session's
// address.
namespace thranio::api {
namespace {

using pipelines::Source;

constexpr std::string_view kSdp = "application/sdp";
constexpr std::string_view kFragment = "application/trickle-ice-sdpfrag";

// Players of other origins may use the media endpoints: the token is in a header, no cookie is.
http::Response with_cors(http::Response response) {
  response.set("Access-Control-Allow-Origin", "*");
  response.set("Access-Control-Expose-Headers", "Location, ETag, Accept-Patch");
  return response;
}

Answer preflight(http::Request request) {
  http::Response response;
  response.status = 204;
  response.set("Access-Control-Allow-Methods", "POST, PATCH, DELETE, OPTIONS");
  response.set("Access-Control-Allow-Headers", "Authorization, Content-Type, Content-Encoding, If-Match");
  response.set("Accept-Post", std::string{kSdp});
  response.set("Allow", request.path.find("/media/") == std::string::npos ? "POST, OPTIONS"
                                                                          : "PATCH, DELETE, OPTIONS");
  co_return with_cors(std::move(response));
}

// The offer as it was before it was packed. A player on a thin link packs it: 6 kB of text are 1.2 kB.
constexpr size_t kLongestOffer = 64 * 1024;
Result<std::string> unpacked(const http::Request& request) {
  const auto coding = request.header("content-encoding");
  if (!coding || *coding == "identity") return request.body;
  auto text = *coding == "gzip" ? http::gunzip(request.body, kLongestOffer) : std::nullopt;
  if (!text)
    return fail(ErrorKind::kInvalid, "invalid-field",
                "The body is not in the coding that it names; gzip is known.", "Content-Encoding");
  return std::move(*text);
}

struct Door {
  lesson::Participant who;
  std::shared_ptr<lesson::Lesson> lesson;
  schedule::LessonRecord record;
};

bool is_guest_key(std::string_view key) {
  return key.size() >= 8 && key.size() <= 64 &&
         std::ranges::all_of(key, [](unsigned char c) { return std::isalnum(c) != 0; });
}

// The lesson of the path, if the token may do `action` in it.
boost::asio::awaitable<Result<Door>> enter(const Api& api, lesson::Lessons& lessons,
                                           const http::Request& request, auth::Action action) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  auto task = [who = *who, action,
               id = request.path_parameter("id")](soci::session& sql) -> Result<schedule::LessonRecord> {
    const auto lesson = schedule::find_lesson(sql, id);
    if (!lesson) return std::unexpected(not_found());
    if (auto may = auth::permit(who, action, relation_to_lesson(sql, who, *lesson)); !may)
      return std::unexpected(may.error());
    return *lesson;
  };
  const auto record = co_await api.database.read(std::move(task));
  if (!record) co_return std::unexpected(record.error());
  lesson::Participant participant{who->participant(), who->name, who->role, who->user};
  // Guests of one open link are told apart by the key that their page made (message hello).
  if (const auto key = request.query_parameter("guest_key"); key && participant.name.empty()) {
    if (!is_guest_key(*key))
      co_return fail(ErrorKind::kInvalid, "invalid-field", "A guest key has 8 to 64 letters and digits.",
                     "guest_key");
    participant.id = ParticipantId{participant.id.value() + "_" + std::string{*key}};
  }
  co_return Door{std::move(participant), lessons.open(*record), *record};
}

http::Response created(const http::Request& request, const pipelines::SdpAnswer& answer) {
  http::Response response;
  response.status = 201;
  response.set("Content-Type", std::string{kSdp});
  response.set("Location",
               "/api/v1/lessons/" + request.path_parameter("id") + "/media/" + answer.peer.value());
  response.set("ETag", answer.etag);
  response.set("Accept-Patch", std::string{kFragment});
  response.set("Cache-Control", "no-store");
  response.body = answer.sdp;
  if (request.header("accept-encoding").value_or("").find("gzip") != std::string_view::npos) {
    response.body = http::gzip(answer.sdp);
    response.set("Content-Encoding", "gzip");
  }
  return with_cors(std::move(response));
}

// A lesson starts when its teacher goes live, also with an encoder that has no page: in its own time, from
// when it opens until it would be over.
boost::asio::awaitable<void> start_if_due(const Api& api, lesson::Lessons& lessons,
                                          const http::Request& request, const Door& door) {
  const auto now = std::chrono::system_clock::now();
  const auto& record = door.record;
  if (record.status != schedule::LessonStatus::kScheduled || now < record.opens_at() ||
      now > record.ends_by_itself_at() || door.who.role != auth::Role::kTeacher)
    co_return;
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return;
  auto task = [asker = *asker, record](soci::session& sql) -> Result<schedule::LessonRecord> {
    return set_status(sql, asker, record, schedule::LessonStatus::kLive);
  };
  const auto live = co_await api.database.write(std::move(task));
  if (live) lessons.start(*live);
}

Result<Source> source_of(const http::Request& request) {
  const auto name = request.query_parameter("source");
  if (name == "camera") return Source::kCamera;
  if (name == "screen") return Source::kScreen;
  if (name == "floor") return Source::kFloor;
  return fail(ErrorKind::kInvalid, "invalid-field", "source is camera, screen or floor.", "source");
}

Answer whip(const Api& api, lesson::Lessons& lessons, http::Request request) {
  const auto source = source_of(request);
  if (!source) co_return std::unexpected(source.error());
  const auto action = *source == Source::kFloor ? auth::Action::kPublishFloor : auth::Action::kPublishCamera;
  const auto door = co_await enter(api, lessons, request, action);
  if (!door) co_return std::unexpected(door.error());
  if (auto typed = require_type(request, kSdp); !typed) co_return std::unexpected(typed.error());
  co_await start_if_due(api, lessons, request, *door);
  const bool take_over = request.query_parameter("take_over") == "true";
  auto offer = unpacked(request);
  if (!offer) co_return std::unexpected(offer.error());
  auto answer = co_await door->lesson->publish(door->who, *source, std::move(*offer), take_over);
  if (!answer) {
    Error error = answer.error();
    if (error.code == "source-taken")
      error.extra.emplace_back(
          "take_over",
          request.path + "?source=" + std::string{*request.query_parameter("source")} + "&take_over=true");
    co_return std::unexpected(std::move(error));
  }
  co_return created(request, *answer);
}

Answer whep(const Api& api, lesson::Lessons& lessons, http::Request request) {
  const auto door = co_await enter(api, lessons, request, auth::Action::kTakePart);
  if (!door) co_return std::unexpected(door.error());
  if (auto typed = require_type(request, kSdp); !typed) co_return std::unexpected(typed.error());
  auto offer = unpacked(request);
  if (!offer) co_return std::unexpected(offer.error());
  const auto own =
      request.query_parameter("own") == "true" ? lesson::OwnMedia::kShown : lesson::OwnMedia::kLeftOut;
  auto answer = co_await door->lesson->subscribe(door->who, std::move(*offer), own);
  if (!answer) co_return std::unexpected(answer.error());
  co_return created(request, *answer);
}

Answer patch_media(const Api& api, lesson::Lessons& lessons, http::Request request) {
  const auto door = co_await enter(api, lessons, request, auth::Action::kTakePart);
  if (!door) co_return std::unexpected(door.error());
  if (auto typed = require_type(request, kFragment); !typed) co_return std::unexpected(typed.error());
  const auto if_match = request.header("if-match");
  if (!if_match)
    co_return fail(ErrorKind::kPreconditionRequired, "version-required",
                   "Send the session's ETag as If-Match, or * to restart ICE.", "If-Match");
  auto answer = co_await door->lesson->patch(door->who, PeerId{request.path_parameter("peer")}, request.body,
                                             std::string{*if_match});
  if (!answer) co_return std::unexpected(answer.error());
  http::Response response;
  response.status = answer->sdp.empty() ? 204 : 200;
  response.set("ETag", answer->etag);
  if (!answer->sdp.empty()) response.set("Content-Type", std::string{kFragment});
  response.body = answer->sdp;
  co_return with_cors(std::move(response));
}

Answer end_media(const Api& api, lesson::Lessons& lessons, http::Request request) {
  const auto door = co_await enter(api, lessons, request, auth::Action::kTakePart);
  if (!door) co_return std::unexpected(door.error());
  const auto closed = co_await door->lesson->close(door->who, PeerId{request.path_parameter("peer")});
  if (!closed) co_return std::unexpected(closed.error());
  co_return with_cors({});
}

}  // namespace

std::vector<http::Route> media_routes(const Api& api, lesson::Lessons& lessons) {
  using http::Method;
  const std::string lesson = "/api/v1/lessons/{id}";
  return {
      {Method::kPost, lesson + "/whip", [&](http::Request q) { return whip(api, lessons, std::move(q)); }},
      {Method::kPost, lesson + "/whep", [&](http::Request q) { return whep(api, lessons, std::move(q)); }},
      {Method::kPatch, lesson + "/media/{peer}",
       [&](http::Request q) { return patch_media(api, lessons, std::move(q)); }},
      {Method::kDelete, lesson + "/media/{peer}",
       [&](http::Request q) { return end_media(api, lessons, std::move(q)); }},
      {Method::kOptions, lesson + "/whip", preflight},
      {Method::kOptions, lesson + "/whep", preflight},
      {Method::kOptions, lesson + "/media/{peer}", preflight},
  };
}

}  // namespace thranio::api
