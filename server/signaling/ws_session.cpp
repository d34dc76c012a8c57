#include "server/signaling/ws_session.hpp"

#include <algorithm>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pipelines/base/log.hpp"
#include "pipelines/base/text.hpp"
#include "server/lesson/lesson.hpp"
#include "server/roster/roster_store.hpp"
#include "server/schedule/timetable_store.hpp"
#include "server/signaling/messages.hpp"
#include "server/store/times.hpp"

namespace thranio::signaling {
namespace {

namespace asio = boost::asio;

constexpr auto kHelloTimeout = std::chrono::seconds(10);
constexpr int kMaxFaultsInARow = 20;

class SocketSeat final : public lesson::Seat {
 public:
  explicit SocketSeat(std::shared_ptr<http::WebSocket> socket) : socket_(std::move(socket)) {}
  void send(std::shared_ptr<const std::string> message) override { socket_->send(std::move(message)); }
  void close(uint16_t code, const std::string& reason) override { socket_->close(code, reason); }
  void send_picture(std::shared_ptr<const std::string> piece, size_t most,
                    std::function<void(bool)> done) override {
    socket_->send_if_drained(std::move(piece), most, std::move(done));
  }

 private:
  const std::shared_ptr<http::WebSocket> socket_;
};

void answer(http::WebSocket& socket, const lesson::Event& event) {
  socket.send(std::make_shared<const std::string>(encode(event)));
}

struct Refusal {
  Error error;
  uint16_t close_code;
};

struct Admitted {
  lesson::Participant participant;
  std::shared_ptr<lesson::Lesson> lesson;
  std::shared_ptr<lesson::Seat> seat = nullptr;  // once she has one
};

// A join token names a person; an open guest link's holder names herself and keeps a key for the next time.
std::expected<lesson::Participant, Refusal> participant_of(const auth::Principal& principal,
                                                           const Hello& hello) {
  lesson::Participant who{principal.participant(), principal.name, principal.role, principal.user};
  if (!who.name.empty()) return who;
  who.name = clean_text(hello.name, Lines::kOne);
  if (who.name.empty() || hello.guest_key.empty())
    return std::unexpected(Refusal{
        {ErrorKind::kInvalid, "name-required", "This link is open to guests: say who you are.", "/name", {}},
        4400});
  who.id = ParticipantId{who.id.value() + "_" + hello.guest_key};
  return who;
}

Error too_early(const schedule::LessonRecord& lesson) {
  return {ErrorKind::kConflict,
          "lesson-not-open",
          "This lesson opens at " + store::to_rfc3339(lesson.opens_at()) + ".",
          "",
          {}};
}

asio::awaitable<std::expected<Admitted, Refusal>> admit(Signaling signaling, std::string lesson_id,
                                                        Hello hello) {
  const auto principal = co_await signaling.tokens.authenticate(hello.token);
  if (!principal) co_return std::unexpected(Refusal{principal.error(), 4401});
  if (!principal->lesson || principal->lesson->value() != lesson_id)
    co_return std::unexpected(Refusal{
        {ErrorKind::kForbidden, "wrong-lesson", "This join link belongs to another lesson.", "/token", {}},
        4401});
  auto task = [lesson_id](soci::session& sql) -> Result<std::optional<schedule::LessonRecord>> {
    return schedule::find_lesson(sql, lesson_id);
  };
  const auto record = co_await signaling.database.read(std::move(task));
  if (!record) co_return std::unexpected(Refusal{record.error(), 1013});
  if (!*record)
    co_return std::unexpected(
        Refusal{{ErrorKind::kNotFound, "not-found", "There is no such lesson.", "", {}}, 4404});
  if (principal->role != auth::Role::kTeacher && (*record)->status == schedule::LessonStatus::kScheduled &&
      std::chrono::system_clock::now() < (*record)->opens_at())
    co_return std::unexpected(Refusal{too_early(**record), 4425});
  auto who = participant_of(*principal, hello);
  if (!who) co_return std::unexpected(who.error());
  if (who->role == auth::Role::kGuest) {
    auto names = [cls = (*record)->cls.value()](soci::session& sql) -> Result<std::vector<std::string>> {
      return roster::names_in_class(sql, cls);
    };
    const auto enrolled = co_await signaling.database.read(std::move(names));
    if (!enrolled) co_return std::unexpected(Refusal{enrolled.error(), 1013});
    const auto is_hers = [mine = folded(who->name)](const std::string& name) { return folded(name) == mine; };
    who->name_taken = std::ranges::any_of(*enrolled, is_hers);
  }
  co_return Admitted{std::move(*who), signaling.lessons.open(**record)};
}

void refuse(http::WebSocket& socket, const Refusal& refusal) {
  log::info("class refused", {{"path", socket.request().path},
                              {"from", socket.request().remote_address},
                              {"code", refusal.error.code},
                              {"cause", refusal.error.detail}});
  answer(socket, lesson::Refused{refusal.error});
  socket.close(refusal.close_code, refusal.error.code);
}

// The first message, which must be hello, within its time.
asio::awaitable<std::optional<Hello>> receive_hello(std::shared_ptr<http::WebSocket> socket) {
  asio::steady_timer patience(socket->executor(), kHelloTimeout);
  patience.async_wait([weak = std::weak_ptr(socket)](const boost::system::error_code& error) {
    const auto alive = weak.lock();
    if (!error && alive) alive->close(4400, "hello-expected");
  });
  const auto text = co_await socket->receive();
  patience.cancel();
  if (!text) co_return std::nullopt;
  const auto message = decode(*text);
  if (message && std::holds_alternative<Hello>(*message)) co_return std::get<Hello>(*message);
  const Error expected{ErrorKind::kInvalid, "hello-expected", "The first message is hello.", "/kind", {}};
  refuse(*socket, {message ? expected : message.error(), 4400});
  co_return std::nullopt;
}

// One function per kind.
void handle(const Admitted& me, http::WebSocket&, const ClassWish& wish) {
  me.lesson->ask(me.participant.id, me.seat, wish.ref, wish.wish);
}

void handle(const Admitted&, http::WebSocket& socket, const Ping& ping) {
  answer(socket, lesson::Pong{ping.nonce});
}

void handle(const Admitted& me, http::WebSocket&, const Media& media) {
  me.lesson->set_devices(me.participant.id, media.microphone, media.camera);
}

void handle(const Admitted& me, http::WebSocket&, const Limit& limit) {
  me.lesson->set_highest_rung(me.participant.id, limit.highest);
}

void handle(const Admitted& me, http::WebSocket&, const Whep& whep) {
  me.lesson->set_subscriber(me.participant.id, me.seat, whep.ref, whep.session);
}

void handle(const Admitted&, http::WebSocket& socket, const Hello&) {
  answer(socket, lesson::Refused{{ErrorKind::kInvalid, "invalid-field", "Hello is said once.", "/kind", {}}});
}

asio::awaitable<void> serve(Signaling signaling, std::shared_ptr<http::WebSocket> socket) {
  const auto hello = co_await receive_hello(socket);
  if (!hello) {
    co_await socket->receive();  // until the close frame is answered
    co_return;
  }
  const std::string lesson_id = socket->request().path_parameter("id");
  auto admitted = co_await admit(signaling, lesson_id, *hello);
  if (!admitted) {
    refuse(*socket, admitted.error());
    co_await socket->receive();
    co_return;
  }
  const auto seat = std::make_shared<SocketSeat>(socket);
  // Weak, both: the lesson holds the seat, the seat the socket; a server that stops may have no time to part
  // them.
  socket->on_caught_up(
      [where = std::weak_ptr(admitted->lesson), who = admitted->participant.id, weak = std::weak_ptr(seat)] {
        const auto lesson = where.lock();
        const auto alive = weak.lock();
        if (lesson && alive) lesson->resync(who, alive);
      });
  admitted->seat = seat;
  const auto joined = co_await admitted->lesson->join(admitted->participant, seat, hello->last_seq);
  if (!joined) {
    refuse(*socket, {joined.error(), lesson::close_code_of(joined.error())});
    co_await socket->receive();
    co_return;
  }
  for (int faults = 0; const auto text = co_await socket->receive();) {
    const auto message = decode(*text);
    if (message) {
      faults = 0;
      std::visit([&](const auto& kind) { handle(*admitted, *socket, kind); }, *message);
      continue;
    }
    answer(*socket, lesson::Refused{message.error(), ref_in(*text)});
    if (++faults >= kMaxFaultsInARow) socket->close(4429, "too many faults");
  }
  const bool left = socket->left_properly();
  admitted->lesson->leave(admitted->participant.id, seat,
                          left ? lesson::LeftReason::kLeft : lesson::LeftReason::kLinkLost,
                          left ? std::chrono::steady_clock::now() : socket->last_heard());
}

}  // namespace

http::WebSocketRoute live_route(const Signaling& signaling) {
  return {"/api/v1/lessons/{id}/live", "thranio.v1", [signaling](std::shared_ptr<http::WebSocket> socket) {
            return serve(signaling, std::move(socket));
          }};
}

}  // namespace thranio::signaling
