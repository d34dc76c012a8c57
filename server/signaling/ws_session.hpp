// One browser on the class's WebSocket: hello first, then messages to the lesson, events back.
// Way: http WebSocket → [ws_session] → messages, lesson. Thread: io (the connection's strand).
// Close codes: 4400 no hello, 4401 bad token, 4403 shown out, 4404 no such lesson, 4409 lesson over,
// 4423 locked, 4425 not open yet, 4429 too many faults, 1013 try again later.
#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>

#include "server/auth/tokens.hpp"
#include "server/http/websocket.hpp"
#include "server/lesson/lessons.hpp"
#include "server/store/database.hpp"

namespace thranio::signaling {

// The parts that a session needs; all outlive it.
struct Signaling {
  store::Database& database;
  auth::Tokens& tokens;
  lesson::Lessons& lessons;
};

// GET /api/v1/lessons/{id}/live
http::WebSocketRoute live_route(const Signaling& signaling);

}  // namespace thranio::signaling
