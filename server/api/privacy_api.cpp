#include <algorithm>

#include "server/api/attendance_json.hpp"
#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/auth/account_store.hpp"
#include "server/auth/audit_store.hpp"
#include "server/auth/token_store.hpp"
#include "server/lesson/class_event_store.hpp"
#include "server/roster/import_store.hpp"
#include "server/roster/privacy_store.hpp"
#include "server/roster/provider_store.hpp"
#include "server/schedule/feed_store.hpp"
#include "server/store/times.hpp"

// What the law gives a person (GDPR articles 15, 17 and 20): a copy of all that is kept about her, and to be
// forgotten.
namespace thranio::api {
namespace {

using nlohmann::json;
using roster::User;

constexpr int kMostEntries = 100'000;

template <typename Rows>
json rows_json(const Rows& rows) {
  json told = json::array();
  for (const auto& row : rows)
    told.push_back(row_json(row));
  return told;
}

std::vector<auth::AuditEntry> entries_with(soci::session& sql, const User& user) {
  auth::AuditQuery query;
  query.school_id = user.school_id;
  query.limit = kMostEntries;
  query.entity_id = user.id;
  auto entries = auth::audit_entries(sql, query);
  query.entity_id = "";
  query.actor = user.id;
  for (auto& entry : auth::audit_entries(sql, query))
    if (entry.entity_id != user.id) entries.push_back(std::move(entry));
  std::ranges::sort(entries, std::greater{}, &auth::AuditEntry::seq);
  return entries;
}

json account_json(soci::session& sql, const std::string& user) {
  const auto account = auth::account_of(sql, user);
  return {{"login", account ? json(account->login) : json(nullptr)},
          {"has_password", account && account->hash.has_value()}};
}

json stays_json(soci::session& sql, const std::string& user) {
  const auto time = [](int64_t ms) { return store::to_rfc3339(store::from_millis(ms)); };
  json stays = json::array();
  for (const auto& stay : lesson::presences_of(sql, user))
    stays.push_back({{"lesson_id", stay.lesson_id},
                     {"role", stay.role},
                     {"from", time(stay.began_at)},
                     {"to", stay.ended_at ? json(time(*stay.ended_at)) : json(nullptr)},
                     {"reason", stay.reason ? json(to_string(*stay.reason)) : json(nullptr)},
                     {"quality", stay.quality},
                     {"spoken_ms", stay.spoken_ms}});
  return stays;
}

json corrections_json(soci::session& sql, const std::string& user) {
  json corrections = json::array();
  for (const auto& correction : lesson::corrections_of(sql, user)) {
    corrections.push_back(correction_json(correction));
    corrections.back()["lesson_id"] = correction.lesson_id;
  }
  return corrections;
}

Answer export_person(const Api& api, http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  auto task = [asker = *asker,
               id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    const auto user = store::find<User>(sql, id);
    if (!user) return std::unexpected(not_found());
    const bool herself =
        asker.who.user && !asker.who.lesson && asker.who.user->value() == id && asker.who.scopes.empty();
    if (!herself)
      if (auto may = permit_in_school(sql, asker.who, user->school_id, true); !may)
        return std::unexpected(may.error());
    json feeds = json::array(), tokens = json::array(), lessons = json::array(), entries = json::array();
    for (const auto& feed : schedule::feeds_of(sql, id))
      feeds.push_back(
          {{"id", feed.id}, {"created_at", store::to_rfc3339(store::from_millis(feed.created_at))}});
    for (const auto& token : auth::tokens_of_school(sql, user->school_id))
      if (token.user_id == id)
        tokens.push_back({{"id", token.id},
                          {"name", token.name},
                          {"created_at", store::to_rfc3339(store::from_millis(token.created_at))}});
    for (const auto& lesson : schedule::lessons_stood_in(sql, id))
      lessons.push_back(row_json(lesson));
    json deeds = json::array();
    for (const auto& [lesson, row] : lesson::class_deeds_of(sql, "p_" + id, kMostEntries))
      deeds.push_back({{"lesson_id", lesson},
                       {"at", store::to_rfc3339(store::from_millis(row.at_ms))},
                       {"kind", row.kind},
                       {"body", json::parse(row.body)}});
    for (const auto& entry : entries_with(sql, *user))
      entries.push_back(audit_json(entry));
    audit(sql, asker, "export", "User", id, user->school_id, "", "");
    auto response = json_response(200, {{"user", row_json(*user)},
                                        {"account", account_json(sql, id)},
                                        {"enrollments", rows_json(roster::enrollments_of(sql, id))},
                                        {"guardianships", rows_json(roster::guardianships_with(sql, id))},
                                        {"role_assignments", rows_json(roster::roles_of(sql, id))},
                                        {"lessons_stood_in", lessons},
                                        {"feeds", feeds},
                                        {"tokens", tokens},
                                        {"class_events", deeds},
                                        {"presences", stays_json(sql, id)},
                                        {"attendance_corrections", corrections_json(sql, id)},
                                        {"audit", entries}});
    response.set("Content-Disposition", "attachment; filename=\"" + id + ".json\"");
    return response;
  };
  co_return co_await api.database.write(std::move(task));  // that she was exported is told to the audit log
}

// An import's report quotes the cells that it refused: those that name her go.
void erase_from_reports(soci::session& sql, const User& user) {
  std::vector<std::string> words;
  for (const auto* word :
       {&user.sourced_id, &user.username, &user.email, &user.identifier, &user.phone, &user.family_name})
    if (word->size() >= 3) words.push_back(*word);
  for (const auto& organisation : roster::self_and_above(sql, user.school_id))
    for (const auto& run : roster::runs_of(sql, organisation, INT32_MAX)) {
      if (run.report.empty()) continue;
      json report = json::parse(run.report), kept = json::array();
      for (const auto& problem : report["problems"]) {
        const std::string reason = problem["reason"];
        if (std::ranges::none_of(words, [&](const auto& word) { return reason.find(word) != reason.npos; }))
          kept.push_back(problem);
      }
      if (kept.size() == report["problems"].size()) continue;
      report["problems"] = std::move(kept);
      roster::replace_report(sql, run.id, report.dump());
    }
}

Answer erase_person(const Api& api, http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  const auto version = wanted_version(request);
  if (!version) co_return std::unexpected(version.error());
  auto task = [asker = *asker, version = *version,
               id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    const auto user = store::find<User>(sql, id);
    if (!user) return std::unexpected(not_found());
    if (auto may = permit_in_school(sql, asker.who, user->school_id, true); !may)
      return std::unexpected(may.error());
    if (user->version != version) return std::unexpected(stale_version());
    if (asker.who.user && asker.who.user->value() == id)
      return fail(ErrorKind::kConflict, "erases-herself", "Another admin erases you.");
    roster::erase_person(sql, *user, asker.now_ms);
    auth::erase_account(sql, id);
    schedule::delete_feeds_of(sql, id);
    lesson::erase_from_classes(sql, "p_" + id);
    lesson::erase_from_attendance(sql, id);
    erase_from_reports(sql, *user);
    forget_answers(sql, id);
    audit(sql, asker, "erase", "User", id, user->school_id, "", "");
    auth::erase_from_audit(sql, id);
    return no_content();
  };
  co_return co_await api.database.write(std::move(task));
}

}  // namespace

std::vector<http::Route> privacy_routes(const Api& api) {
  using http::Method;
  return {{Method::kGet, "/api/v1/users/{id}/export",
           [&api](http::Request q) { return export_person(api, std::move(q)); }},
          {Method::kPost, "/api/v1/users/{id}/erase",
           [&api](http::Request q) { return erase_person(api, std::move(q)); }}};
}

}  // namespace thranio::api
