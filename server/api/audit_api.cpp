#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/store/times.hpp"

namespace thranio::api {
namespace {

using nlohmann::json;

// Newest first; the cursor counts down.
Answer read_audit(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  const auto limit = wanted_limit(request);
  if (!limit) co_return std::unexpected(limit.error());
  auth::AuditQuery query;
  query.school_id = request.path_parameter("id");
  query.entity_id = request.query_parameter("entity_id").value_or("");
  query.actor = request.query_parameter("actor").value_or("");
  query.limit = *limit + 1;
  const auto before = wanted_place(request);
  if (!before) co_return std::unexpected(before.error());
  query.before_seq = before->value_or(0);
  auto task = [who = *who, query](soci::session& sql) -> Result<http::Response> {
    // Whoever may change the school may see who did.
    if (auto may = permit_in_school(sql, who, query.school_id, true); !may)
      return std::unexpected(may.error());
    auto entries = auth::audit_entries(sql, query);
    json next = nullptr;
    if (entries.size() == static_cast<size_t>(query.limit)) {
      entries.pop_back();
      next = store::cursor_of(entries.back().seq, "audit");
    }
    json items = json::array();
    for (const auto& entry : entries)
      items.push_back(audit_json(entry));
    return json_response(200, {{"items", items}, {"next_cursor", next}});
  };
  co_return co_await api.database.read(std::move(task));
}

}  // namespace

std::vector<http::Route> audit_routes(const Api& api) {
  return {{http::Method::kGet, "/api/v1/schools/{id}/audit",
           [&api](http::Request q) { return read_audit(api, std::move(q)); }}};
}

}  // namespace thranio::api
