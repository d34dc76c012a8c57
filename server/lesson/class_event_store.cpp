#include "server/lesson/class_event_store.hpp"

#include "server/store/database.hpp"

namespace thranio::lesson {
namespace {

const std::string kColumns = "seq, at, kind, actor, actor_name, body";

ClassRow read_row(const std::vector<store::Value>& values, size_t first = 0) {
  const auto text = [&](size_t i) { return std::get<std::string>(values[first + i]); };
  return {std::get<int64_t>(values[first]),
          std::get<int64_t>(values[first + 1]),
          text(2),
          text(3),
          text(4),
          text(5)};
}

std::vector<ClassRow> read_rows(const std::vector<std::vector<store::Value>>& found) {
  std::vector<ClassRow> rows;
  rows.reserve(found.size());
  for (const auto& values : found)
    rows.push_back(read_row(values));
  return rows;
}

}  // namespace

boost::asio::awaitable<Result<void>> StoredClassEvents::append(LessonId lesson,
                                                               std::vector<ClassEventPtr> batch,
                                                               bool replace) {
  auto task = [lesson, batch = std::move(batch), replace](soci::session& sql) -> Result<void> {
    append_class_events(sql, lesson.value(), batch, replace);
    return {};
  };
  co_return co_await database_.write(std::move(task));
}

boost::asio::awaitable<Result<std::vector<ClassRow>>> StoredClassEvents::after(LessonId lesson, int64_t seq,
                                                                               int limit) {
  auto task = [lesson, seq, limit](soci::session& sql) -> Result<std::vector<ClassRow>> {
    return class_events_after(sql, lesson.value(), seq, limit);
  };
  co_return co_await database_.read(std::move(task));
}

void append_class_events(soci::session& sql, const std::string& lesson,
                         const std::vector<ClassEventPtr>& batch, bool replace) {
  if (batch.empty()) return;
  if (replace)
    store::run(sql, "DELETE FROM class_events WHERE lesson_id = :lesson AND seq >= :seq",
               {lesson, batch.front()->seq});
  store::Statement insert(sql, "INSERT INTO class_events (lesson_id, " + kColumns +
                                   ") VALUES (:lesson, :seq, :at, :kind, :actor, :name, :body)");
  for (const auto& event : batch) {
    auto row = row_of(*event);
    const std::vector<store::Value> values{lesson,
                                           row.seq,
                                           row.at_ms,
                                           std::move(row.kind),
                                           std::move(row.actor),
                                           std::move(row.actor_name),
                                           std::move(row.body)};
    insert.bind(values);
    insert.step();
  }
}

std::vector<ClassRow> class_events_after(soci::session& sql, const std::string& lesson, int64_t seq,
                                         int limit) {
  return read_rows(store::ask(sql,
                              "SELECT " + kColumns +
                                  " FROM class_events WHERE lesson_id = :lesson AND seq > :seq ORDER BY seq "
                                  "LIMIT :limit",
                              {lesson, seq, int64_t{limit}}));
}

std::vector<ClassRow> class_events_of_kind(soci::session& sql, const std::string& lesson,
                                           const std::string& kind, int64_t after, int limit) {
  return read_rows(
      store::ask(sql,
                 "SELECT " + kColumns +
                     " FROM class_events WHERE lesson_id = :lesson AND kind = :kind AND seq > :seq "
                     "ORDER BY seq LIMIT :limit",
                 {lesson, kind, after, int64_t{limit}}));
}

std::vector<ClassDeed> class_deeds_of(soci::session& sql, const std::string& participant, int limit) {
  std::vector<ClassDeed> deeds;
  for (const auto& values : store::ask(sql,
                                       "SELECT lesson_id, " + kColumns +
                                           " FROM class_events WHERE actor = :actor ORDER BY lesson_id, seq "
                                           "LIMIT :limit",
                                       {participant, int64_t{limit}}))
    deeds.push_back({std::get<std::string>(values[0]), read_row(values, 1)});
  return deeds;
}

void erase_from_classes(soci::session& sql, const std::string& participant) {
  const auto rows = store::ask(sql,
                               "SELECT lesson_id, " + kColumns +
                                   " FROM class_events WHERE actor = :actor OR (kind IN ('chat', 'removed', "
                                   "'admitted', 'turned_away') AND "
                                   "body LIKE :named)",
                               {participant, "%\"" + participant + "\"%"});
  for (const auto& values : rows) {
    auto event = event_of(read_row(values, 1));
    const ParticipantId her{participant};
    const bool hers = event.actor.id == her;
    if (hers) event.actor.name.clear();
    if (auto* line = std::get_if<ChatLine>(&event.act)) {
      if (hers) line->text.clear();
      if (line->person == her) line->person_name.clear();
    }
    if (auto* answered = std::get_if<PollAnswered>(&event.act); answered && hers)
      answered->answer.text.clear();
    if (auto* drawn = std::get_if<StrokeDrawn>(&event.act); drawn && hers && !drawn->stroke->text.empty()) {
      auto stroke = *drawn->stroke;
      stroke.text.clear();
      drawn->stroke = std::make_shared<const slides::Stroke>(std::move(stroke));
    }
    if (auto* removed = std::get_if<PersonRemoved>(&event.act); removed && removed->person == her)
      removed->name.clear();
    if (auto* away = std::get_if<PersonTurnedAway>(&event.act); away && away->person == her)
      away->name.clear();
    if (auto* admitted = std::get_if<PersonsAdmitted>(&event.act))
      for (auto& one : admitted->people)
        if (one.person == her) one.name.clear();
    auto row = row_of(event);
    store::run(
        sql,
        "UPDATE class_events SET actor_name = :name, body = :body WHERE lesson_id = :lesson AND seq = :seq",
        {std::move(row.actor_name), std::move(row.body), values[0], row.seq});
  }
}

}  // namespace thranio::lesson
