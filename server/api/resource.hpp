// One resource of the school (user, class ...) as the four things that differ, and the handlers that do not:
// create and list in a collection, read, change (If-Match) and delete of one. Way: *_api → [resource] →
// *_store. Thread: io; the members of Resource: db.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "server/api/rest.hpp"

namespace thranio::api {

template <typename Row>
struct Resource {
  std::string name;             // of its schemas: "User", "NewUser", "ChangeUser"
  std::string item_path;        // "/api/v1/users/"; an id follows
  std::string collection_path;  // "/api/v1/schools/{id}/users", or without {id} where nothing owns it

  std::optional<Row> (*find)(soci::session&, const std::string& id);
  std::vector<Row> (*list)(soci::session&, const std::string& owner, const roster::Page&);
  bool (*update)(soci::session&, const Row&, int64_t from);
  void (*insert)(soci::session&, const Row&);
  void (*erase)(soci::session&, const std::string& id);

  // A new row of `owner` from a body that fits NewX; the owner's own absence is a not-found.
  Result<Row> (*make)(soci::session&, const std::string& owner, const nlohmann::json& body);
  Result<void> (*change)(soci::session&, Row&, const nlohmann::json& body);
  Result<void> (*may_erase)(soci::session&, const Row&);
  nlohmann::json (*encode)(soci::session&, const Row&);
  // Whether `who` may; owner_* is asked before there is a row.
  Result<void> (*permit_owner)(soci::session&, const auth::Principal&, const std::string& owner, bool write);
  Result<void> (*permit_row)(soci::session&, const auth::Principal&, const Row&, bool write);
};

template <typename Row>
Answer create(const Api& api, Resource<Row> r, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  const auto body = json_body(api, request, "New" + r.name);
  if (!body) co_return std::unexpected(body.error());
  const auto& parameters = request.path_parameters;
  const std::string owner = parameters.contains("id") ? parameters.at("id") : "";
  auto task = [r, who = *who, body = *body, owner](soci::session& sql) -> Result<http::Response> {
    if (auto may = r.permit_owner(sql, who, owner, true); !may) return std::unexpected(may.error());
    auto row = r.make(sql, owner, body);
    if (!row) return std::unexpected(row.error());
    r.insert(sql, *row);
    const auto json = r.encode(sql, *row);
    return versioned(201, json, row->version, r.item_path + json["id"].template get<std::string>());
  };
  co_return co_await api.database.write(std::move(task));
}

template <typename Row>
Answer list(const Api& api, Resource<Row> r, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  const auto page = wanted_page(request);
  if (!page) co_return std::unexpected(page.error());
  const auto& parameters = request.path_parameters;
  const std::string owner = parameters.contains("id") ? parameters.at("id") : "";
  auto task = [r, who = *who, page = *page, owner](soci::session& sql) -> Result<http::Response> {
    if (auto may = r.permit_owner(sql, who, owner, false); !may) return std::unexpected(may.error());
    roster::Page more = page;
    ++more.limit;  // one further tells whether there is a next page
    const auto rows = r.list(sql, owner, more);
    nlohmann::json items = nlohmann::json::array();
    for (size_t i = 0; i < rows.size() && i < static_cast<size_t>(page.limit); ++i)
      items.push_back(r.encode(sql, rows[i]));
    const bool last = rows.size() <= static_cast<size_t>(page.limit);
    const nlohmann::json next = last ? nlohmann::json(nullptr) : items.back()["id"];
    return json_response(200, {{"items", items}, {"next_cursor", next}});
  };
  co_return co_await api.database.read(std::move(task));
}

template <typename Row>
Answer get(const Api& api, Resource<Row> r, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  auto task = [r, who = *who,
               id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    const auto row = r.find(sql, id);
    if (!row) return std::unexpected(not_found());
    if (auto may = r.permit_row(sql, who, *row, false); !may) return std::unexpected(may.error());
    return versioned(200, r.encode(sql, *row), row->version);
  };
  co_return co_await api.database.read(std::move(task));
}

template <typename Row>
Answer patch(const Api& api, Resource<Row> r, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  const auto body = json_body(api, request, "Change" + r.name);
  if (!body) co_return std::unexpected(body.error());
  const auto version = wanted_version(request);
  if (!version) co_return std::unexpected(version.error());
  auto task = [r, who = *who, body = *body, version = *version,
               id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    auto row = r.find(sql, id);
    if (!row) return std::unexpected(not_found());
    if (auto may = r.permit_row(sql, who, *row, true); !may) return std::unexpected(may.error());
    if (row->version != version) return std::unexpected(stale_version());
    if (auto changed = r.change(sql, *row, body); !changed) return std::unexpected(changed.error());
    if (!r.update(sql, *row, version)) return std::unexpected(stale_version());
    row->version = version + 1;
    return versioned(200, r.encode(sql, *row), row->version);
  };
  co_return co_await api.database.write(std::move(task));
}

template <typename Row>
Answer erase(const Api& api, Resource<Row> r, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  const auto version = wanted_version(request);
  if (!version) co_return std::unexpected(version.error());
  auto task = [r, who = *who, version = *version,
               id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    const auto row = r.find(sql, id);
    if (!row) return std::unexpected(not_found());
    if (auto may = r.permit_row(sql, who, *row, true); !may) return std::unexpected(may.error());
    if (row->version != version) return std::unexpected(stale_version());
    if (auto may = r.may_erase(sql, *row); !may) return std::unexpected(may.error());
    r.erase(sql, id);
    http::Response response;
    response.status = 204;
    return response;
  };
  co_return co_await api.database.write(std::move(task));
}

// Its rows of the table. The handlers keep a copy of `r`; `api` outlives the router.
template <typename Row>
std::vector<http::Route> resource_routes(const Api& api, const Resource<Row>& r) {
  using http::Method;
  const std::string item = r.item_path + "{id}";
  return {
      {Method::kPost, r.collection_path, [&api, r](http::Request q) { return create(api, r, std::move(q)); }},
      {Method::kGet, r.collection_path, [&api, r](http::Request q) { return list(api, r, std::move(q)); }},
      {Method::kGet, item, [&api, r](http::Request q) { return get(api, r, std::move(q)); }},
      {Method::kPatch, item, [&api, r](http::Request q) { return patch(api, r, std::move(q)); }},
      {Method::kDelete, item, [&api, r](http::Request q) { return erase(api, r, std::move(q)); }},
  };
}

}  // namespace thranio::api
