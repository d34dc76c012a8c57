#include <set>

#include "server/api/csv.hpp"
#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/lesson/class_event_store.hpp"
#include "server/store/times.hpp"

// What a lesson leaves behind: its chat and its polls, for whoever answers for the class.
namespace thranio::api {
namespace {

using nlohmann::json;
using namespace lesson;

constexpr int kReadAtOnce = 2000;
constexpr int kMostEvents = 200'000;  // of one lesson's polls: 200 polls in a class of a thousand

std::string time_text(WallTime at) {
  return store::to_rfc3339(at);
}

Result<void> permit_record(soci::session& sql, const auth::Principal& who, const std::string& id) {
  const auto lesson = schedule::find_lesson(sql, id);
  if (!lesson) return std::unexpected(not_found());
  return auth::permit(who, auth::Action::kRunLesson, relation_to_lesson(sql, who, *lesson));
}

// Folds each of the rows of this kind.
template <typename Take>
void each_of_kind(soci::session& sql, const std::string& lesson, const std::string& kind, Take take) {
  int64_t after = 0;
  for (int read = 0; read < kMostEvents;) {
    const auto rows = class_events_of_kind(sql, lesson, kind, after, kReadAtOnce);
    for (const auto& row : rows)
      take(event_of(row));
    if (rows.size() < kReadAtOnce) return;
    after = rows.back().seq;
    read += kReadAtOnce;
  }
}

json line_json(const ClassEvent& event, const ChatLine& line, bool deleted) {
  const char* const to = line.to == ChatLine::To::kTeachers ? "teachers" : "everybody";
  return {{"seq", event.seq},
          {"at", time_text(event.at)},
          {"from", event.actor.id.value()},
          {"name", event.actor.name},
          {"to", line.to == ChatLine::To::kPerson ? line.person.value() : to},
          {"to_name", line.person_name},
          {"text", line.text},
          {"deleted", deleted}};
}

json chat_page(soci::session& sql, const std::string& lesson, int64_t after, int limit) {
  std::set<int64_t> deleted;
  each_of_kind(sql, lesson, "chat_deleted", [&](const ClassEvent& event) {
    if (const auto* act = std::get_if<LineDeleted>(&event.act)) deleted.insert(act->line);
  });
  auto rows = class_events_of_kind(sql, lesson, "chat", after, limit + 1);
  json next = nullptr;
  if (rows.size() > static_cast<size_t>(limit)) {
    rows.pop_back();
    next = store::cursor_of(rows.back().seq, "chat");
  }
  json items = json::array();
  for (const auto& row : rows) {
    const auto event = event_of(row);
    const auto* line = std::get_if<ChatLine>(&event.act);
    if (!line || (line->to == ChatLine::To::kPerson && !line->teachers_see)) continue;
    items.push_back(line_json(event, *line, deleted.contains(event.seq)));
  }
  return {{"items", std::move(items)}, {"next_cursor", std::move(next)}};
}

Answer list_chat(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  const auto limit = wanted_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  const auto after = wanted_place(request);
  if (!after) co_return std::unexpected(after.error());
  auto task = [who = *who, id = request.path_parameter("id"), after = after->value_or(0),
               limit = *limit](soci::session& sql) -> Result<http::Response> {
    if (auto may = permit_record(sql, who, id); !may) return std::unexpected(may.error());
    return json_response(200, chat_page(sql, id, after, limit));
  };
  co_return co_await api.database.read(std::move(task));
}

struct Asked {
  RunningPoll poll;
  std::optional<WallTime> closed_at;
};

std::vector<Asked> polls_of(soci::session& sql, const std::string& lesson) {
  std::map<int64_t, Asked> polls;
  each_of_kind(sql, lesson, "poll_opened", [&](const ClassEvent& event) {
    if (const auto* act = std::get_if<PollOpened>(&event.act))
      polls[event.seq].poll = {act->poll, event.at, {}};
  });
  each_of_kind(sql, lesson, "poll_answered", [&](const ClassEvent& event) {
    const auto* act = std::get_if<PollAnswered>(&event.act);
    const auto at = act ? polls.find(act->poll) : polls.end();
    if (at != polls.end())
      at->second.poll.answers[event.actor.id] = {event.actor.name, act->answer, event.at};
  });
  each_of_kind(sql, lesson, "poll_closed", [&](const ClassEvent& event) {
    const auto* act = std::get_if<PollClosed>(&event.act);
    if (const auto at = act ? polls.find(act->poll) : polls.end(); at != polls.end())
      at->second.closed_at = event.at;
  });
  std::vector<Asked> all;
  for (auto& [id, asked] : polls)
    all.push_back(std::move(asked));
  return all;
}

json answer_json(const Poll& poll, const ParticipantId& person, const GivenAnswer& given) {
  json members{{"person", person.value()}, {"name", given.name}, {"at", time_text(given.at)}};
  if (poll.kind == PollKind::kText)
    members["text"] = given.answer.text;
  else if (poll.kind == PollKind::kNumber)
    members["number"] = given.answer.number;
  else
    members["choices"] = given.answer.choices;
  return members;
}

json result_json(const Asked& asked) {
  const Poll& poll = asked.poll.poll;
  const auto tally = tally_of(asked.poll);
  json texts = json::array(), answers = json::array();
  for (const auto& [text, count] : tally.texts)
    texts.push_back({{"text", text}, {"count", count}});
  if (!poll.anonymous)
    for (const auto& [person, given] : asked.poll.answers)
      answers.push_back(answer_json(poll, person, given));
  return {{"id", poll.id},
          {"question", poll.question},
          {"choice", to_text(poll.kind)},
          {"choices", poll.choices},
          {"anonymous", poll.anonymous},
          {"opened_at", time_text(asked.poll.opened_at)},
          {"closed_at", asked.closed_at ? json(time_text(*asked.closed_at)) : json(nullptr)},
          {"answered", tally.answered},
          {"counts", tally.counts},
          {"texts", std::move(texts)},
          {"answers", std::move(answers)}};
}

std::string answer_text(const Poll& poll, const PollAnswer& answer) {
  if (poll.kind == PollKind::kText) return answer.text;
  if (poll.kind == PollKind::kNumber) return number_text(answer.number);
  std::string text;
  for (const int choice : answer.choices) {
    const auto at = static_cast<size_t>(choice);
    const std::string word = poll.kind == PollKind::kYesNo ? (at == 0 ? "yes" : "no")
                             : at < poll.choices.size()    ? poll.choices[at]
                                                           : "";
    text += (text.empty() ? "" : "; ") + word;
  }
  return text;
}

// Anonymous answers without name, and not in the order in which they came, nor by person.
std::string results_csv(const std::vector<Asked>& polls) {
  Csv csv({"poll", "question", "opened_at", "name", "answered_at", "answer"});
  for (const auto& asked : polls) {
    const Poll& poll = asked.poll.poll;
    std::multimap<std::string, std::vector<std::string>> rows;
    for (const auto& [person, given] : asked.poll.answers) {
      const std::string answer = answer_text(poll, given.answer);
      const std::string name = poll.anonymous ? "" : given.name;
      rows.emplace(name + '\n' + answer,
                   std::vector{std::to_string(poll.id), poll.question, time_text(asked.poll.opened_at), name,
                               poll.anonymous ? "" : time_text(given.at), answer});
    }
    for (const auto& [order, row] : rows)
      csv.add(row);
  }
  return csv.take();
}

Answer list_polls(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  const auto format = wanted_format(request);
  if (!format) co_return std::unexpected(format.error());
  auto task = [who = *who, id = request.path_parameter("id"),
               format = *format](soci::session& sql) -> Result<http::Response> {
    if (auto may = permit_record(sql, who, id); !may) return std::unexpected(may.error());
    const auto polls = polls_of(sql, id);
    if (format == Format::kCsv) return csv_response("polls-" + id, results_csv(polls));
    json items = json::array();
    for (const auto& asked : polls)
      items.push_back(result_json(asked));
    return json_response(200, {{"items", std::move(items)}});
  };
  co_return co_await api.database.read(std::move(task));
}

}  // namespace

std::vector<http::Route> class_record_routes(const Api& api) {
  using http::Method;
  return {{Method::kGet, "/api/v1/lessons/{id}/chat",
           [&api](http::Request q) { return list_chat(api, std::move(q)); }},
          {Method::kGet, "/api/v1/lessons/{id}/polls",
           [&api](http::Request q) { return list_polls(api, std::move(q)); }}};
}

}  // namespace thranio::api
