// One resource of the school (user, class ...) as the things that differ, and the handlers that do not:
// create one or many, list (filter, sort, fields, cursor), read, change (If-Match), delete softly and
// restore. Every write is in the audit log, in its own transaction: columns alone, so that nobody else's name
// stays there when she is erased. Way: *_api → [resource] → *_store. Thread: io; the members of Resource: db.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "server/api/rest.hpp"
#include "server/api/row_json.hpp"
#include "server/auth/audit_store.hpp"
#include "server/store/new_id.hpp"

namespace thranio::api {

constexpr size_t kMostItems = 2000;  // of one bulk request: a term's lessons of a large class

// A list's query parameter and what it asks of a column.
struct Filter {
  const char* name;
  const char* column;
  enum class How : uint8_t { kEquals, kHasWord, kBeginsWith, kFrom, kBefore } how = How::kEquals;
};

template <typename Row>
struct Resource {
  std::string name;             // of its schemas: "User", "NewUser", "ChangeUser"; in the audit log: "user"
  std::string prefix;           // of its ids
  std::string item_path;        // "/api/v1/users/"; an id follows
  std::string collection_path;  // "/api/v1/schools/{id}/users", or without {id} where nothing owns it
  std::string Row::*owner = nullptr;  // the member that holds the owner's id
  const char* owner_column = nullptr;
  std::vector<Filter> filters = {};
  std::vector<std::string> sorts = {};  // columns besides id

  // Whether the row as it is now fits the rest of the school; `before` is null for a new one. The body may
  // hold members that are no columns.
  std::function<Result<void>(soci::session&, const Asker&, const Row* before, Row&,
                             const nlohmann::json& body)>
      check = [](soci::session&, const Asker&, const Row*, Row&, const nlohmann::json&) {
        return Result<void>{};
      };
  std::function<Result<void>(soci::session&, const Row&)> may_erase = [](soci::session&, const Row&) {
    return Result<void>{};
  };
  // After the row was written: `before` is null for a new one, `after` for a deleted one.
  std::function<void(soci::session&, const Row* before, const Row* after)> written =
      [](soci::session&, const Row*, const Row*) {};
  // The school whose audit log tells of it.
  std::function<std::string(soci::session&, const Row&)> school;
  // Whether `who` may; permit_owner is asked before there is a row, and finds out whether the owner exists.
  std::function<Result<void>(soci::session&, const auth::Principal&, const std::string& owner, bool write)>
      permit_owner;
  std::function<Result<void>(soci::session&, const auth::Principal&, const Row&, bool write)> permit_row;
  std::function<nlohmann::json(soci::session&, const Row&)> encode = [](soci::session&, const Row& row) {
    return row_json(row);
  };
  // A page of a list, where its rows can share what must be asked for each; empty: each by encode.
  std::function<nlohmann::json(soci::session&, const std::vector<Row>&)> encode_page = {};
};

// Which row of a list comes next, and what of it is shown. Errors: invalid-field naming the parameter.
Result<store::Query> list_query(const http::Request& request, const std::vector<Filter>& filters,
                                const std::vector<std::string>& sorts);
// `fields=a,b`: these members and no others. Error: invalid-field for one that is not there.
Result<nlohmann::json> only_fields(const http::Request& request, nlohmann::json item);
nlohmann::json problem_json(const Error& error);
// The members of `after` that differ, as they were and as they are: {before, after}, dumped.
std::pair<std::string, std::string> difference(const nlohmann::json& before, const nlohmann::json& after);
nlohmann::json audit_json(const auth::AuditEntry& entry);
void audit(soci::session& sql, const Asker& asker, const std::string& action, const std::string& entity,
           const std::string& id, const std::string& school, const std::string& before,
           const std::string& after);

// A row made from a body that fits NewX, checked, written and told to the audit log.
template <typename Row>
Result<Row> make_row(soci::session& sql, const Resource<Row>& r, const Asker& asker, const std::string& owner,
                     const nlohmann::json& body) {
  Row row;
  row.id = store::new_id(r.prefix);
  if (r.owner) row.*(r.owner) = owner;
  row.updated_at = asker.now_ms;
  // What names another row at creation is read-only afterwards.
  for (const auto& column : store::table_of<Row>().columns)
    if (column.look == store::Look::kReadOnly && body.contains(column.name))
      store::detail::set_value(row, column, body[column.name].template get<std::string>());
  if (auto merged = merge(row, body); !merged) return std::unexpected(merged.error());
  if (auto good = r.check(sql, asker, nullptr, row, body); !good) return std::unexpected(good.error());
  store::insert(sql, row);
  r.written(sql, nullptr, &row);
  audit(sql, asker, "create", r.name, row.id, r.school(sql, row), "", row_json(row).dump());
  return row;
}

template <typename Row>
Answer create(const Api& api, std::shared_ptr<const Resource<Row>> r, http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  const auto body = json_body(api, request, "New" + r->name);
  if (!body) co_return std::unexpected(body.error());
  auto task = [r, asker = *asker, body = *body,
               owner = owner_of(request)](soci::session& sql) -> Result<http::Response> {
    if (auto may = r->permit_owner(sql, asker.who, owner, true); !may) return std::unexpected(may.error());
    const auto row = make_row(sql, *r, asker, owner, body);
    if (!row) return std::unexpected(row.error());
    return versioned(201, r->encode(sql, *row), row->version, r->item_path + row->id);
  };
  co_return co_await write_once(api, *asker, request, std::move(task));
}

// {items: [NewX ...]}: all or nothing, or (per_item=true) those that can be; dry_run=true writes nothing and
// says what would be said.
template <typename Row>
Answer create_many(const Api& api, std::shared_ptr<const Resource<Row>> r, http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  const auto body = json_body(api, request, "Items");
  if (!body) co_return std::unexpected(body.error());
  const auto options = bulk_options(request);
  if (!options) co_return std::unexpected(options.error());
  auto task = [r, &api, asker = *asker, body = *body, options = *options,
               owner = owner_of(request)](soci::session& sql) -> Result<http::Response> {
    if (auto may = r->permit_owner(sql, asker.who, owner, true); !may) return std::unexpected(may.error());
    const auto one = [&](const nlohmann::json& item) -> Result<std::string> {
      if (auto fits = api.schemas.check(item, "New" + r->name); !fits) return std::unexpected(fits.error());
      auto row = make_row(sql, *r, asker, owner, item);
      if (!row) return std::unexpected(row.error());
      return row->id;
    };
    return write_many(sql, body["items"], options, one);
  };
  co_return co_await write_once(api, *asker, request, std::move(task));
}

template <typename Row>
std::string place_of(const Row& row, const std::string& sort) {
  for (const auto& column : store::table_of<Row>().columns)
    if (sort == column.name && sort != "id")
      return store::cursor_of(store::detail::value_of(row, column), row.id);
  return store::cursor_of({}, row.id);
}

template <typename Row>
Answer list(const Api& api, std::shared_ptr<const Resource<Row>> r, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  if (auto told = told_before(api, *who, request)) co_return std::move(*told);
  auto query = list_query(request, r->filters, r->sorts);
  if (!query) co_return std::unexpected(query.error());
  auto task = [r, who = *who, query = *query, owner = owner_of(request),
               &request](soci::session& sql) mutable -> Result<http::Response> {
    if (auto may = r->permit_owner(sql, who, owner, false); !may) return std::unexpected(may.error());
    if (r->owner_column) query.where.insert(query.where.begin(), {r->owner_column, "=", owner});
    ++query.limit;  // one further tells whether there is a next page
    auto rows = store::list<Row>(sql, query);
    if (!rows) return std::unexpected(rows.error());
    const bool more = rows->size() == static_cast<size_t>(query.limit);
    if (more) rows->pop_back();
    nlohmann::json items = nlohmann::json::array();
    if (r->encode_page)
      items = r->encode_page(sql, *rows);
    else
      for (const auto& row : *rows)
        items.push_back(r->encode(sql, row));
    for (auto& whole : items) {
      auto item = only_fields(request, std::move(whole));
      if (!item) return std::unexpected(item.error());
      whole = std::move(*item);
    }
    nlohmann::json next = nullptr;
    if (more) next = place_of(rows->back(), query.sort);
    return json_response(200, {{"items", items}, {"next_cursor", next}});
  };
  co_return co_await read_and_keep(api, *who, request, std::move(task));
}

template <typename Row>
Answer get(const Api& api, std::shared_ptr<const Resource<Row>> r, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  if (auto told = told_before(api, *who, request)) co_return std::move(*told);
  auto task = [r, who = *who, &request](soci::session& sql) -> Result<http::Response> {
    const auto row = store::find<Row>(sql, request.path_parameter("id"));
    if (!row) return std::unexpected(not_found());
    if (auto may = r->permit_row(sql, who, *row, false); !may) return std::unexpected(may.error());
    if (row->deleted_at) return std::unexpected(deleted());
    auto item = only_fields(request, r->encode(sql, *row));
    if (!item) return std::unexpected(item.error());
    return versioned(200, *item, row->version);
  };
  co_return co_await read_and_keep(api, *who, request, std::move(task));
}

enum class Lost : uint8_t { kNo, kYes };

// The row that a write is about, if it is there, `who` may, and it has the version that was asked for.
template <typename Row>
Result<Row> row_to_write(soci::session& sql, const Resource<Row>& r, const auth::Principal& who,
                         const std::string& id, int64_t version, Lost lost = Lost::kNo) {
  auto row = store::find<Row>(sql, id);
  if (!row) return std::unexpected(not_found());
  if (auto may = r.permit_row(sql, who, *row, true); !may) return std::unexpected(may.error());
  if (row->deleted_at && lost == Lost::kNo) return std::unexpected(deleted());
  if (!row->deleted_at && lost == Lost::kYes)
    return fail(ErrorKind::kConflict, "not-deleted", "Only what was deleted can be restored.");
  if (row->version != version) return std::unexpected(stale_version());
  return std::move(*row);
}

template <typename Row>
Answer patch(const Api& api, std::shared_ptr<const Resource<Row>> r, http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  const auto body = json_body(api, request, "Change" + r->name);
  if (!body) co_return std::unexpected(body.error());
  const auto version = wanted_version(request);
  if (!version) co_return std::unexpected(version.error());
  auto task = [r, asker = *asker, body = *body, version = *version,
               id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    auto row = row_to_write(sql, *r, asker.who, id, version);
    if (!row) return std::unexpected(row.error());
    const Row before = *row;
    if (auto merged = merge(*row, body); !merged) return std::unexpected(merged.error());
    if (auto good = r->check(sql, asker, &before, *row, body); !good) return std::unexpected(good.error());
    row->updated_at = asker.now_ms;
    if (!store::update(sql, *row, version)) return std::unexpected(stale_version());
    row->version = version + 1;
    r->written(sql, &before, &*row);
    const auto [was, is] = difference(row_json(before), row_json(*row));
    audit(sql, asker, "change", r->name, row->id, r->school(sql, *row), was, is);
    return versioned(200, r->encode(sql, *row), row->version);
  };
  co_return co_await api.database.write(std::move(task));
}

// Deletes softly, or restores.
template <typename Row>
Answer set_deleted(const Api& api, std::shared_ptr<const Resource<Row>> r, http::Request request, bool gone) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  const auto version = wanted_version(request);
  if (!version) co_return std::unexpected(version.error());
  auto task = [r, asker = *asker, version = *version, gone,
               id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    auto row = row_to_write(sql, *r, asker.who, id, version, gone ? Lost::kNo : Lost::kYes);
    if (!row) return std::unexpected(row.error());
    const Row before = *row;
    if (auto may = gone ? r->may_erase(sql, *row) : r->check(sql, asker, &before, *row, {}); !may)
      return std::unexpected(may.error());
    row->deleted_at = gone ? std::optional(asker.now_ms) : std::nullopt;
    row->updated_at = asker.now_ms;
    if (!store::update(sql, *row, version)) return std::unexpected(stale_version());
    row->version = version + 1;
    r->written(sql, gone ? &before : nullptr, gone ? nullptr : &*row);
    const std::string text = row_json(*row).dump();
    audit(sql, asker, gone ? "delete" : "restore", r->name, row->id, r->school(sql, *row), gone ? text : "",
          gone ? "" : text);
    return gone ? no_content() : versioned(200, r->encode(sql, *row), row->version);
  };
  co_return co_await api.database.write(std::move(task));
}

// Its rows of the table. `api` outlives the router.
template <typename Row>
std::vector<http::Route> resource_routes(const Api& api, Resource<Row> resource) {
  using http::Method;
  const auto r = std::make_shared<const Resource<Row>>(std::move(resource));
  const std::string item = r->item_path + "{id}";
  return {
      {Method::kPost, r->collection_path,
       [&api, r](http::Request q) { return create(api, r, std::move(q)); }},
      {Method::kPost, r->collection_path + "/bulk",
       [&api, r](http::Request q) { return create_many(api, r, std::move(q)); }, kMaxBulkBytes},
      {Method::kGet, r->collection_path, [&api, r](http::Request q) { return list(api, r, std::move(q)); }},
      {Method::kGet, item, [&api, r](http::Request q) { return get(api, r, std::move(q)); }},
      {Method::kPatch, item, [&api, r](http::Request q) { return patch(api, r, std::move(q)); }},
      {Method::kDelete, item, [&api, r](http::Request q) { return set_deleted(api, r, std::move(q), true); }},
      {Method::kPost, item + "/restore",
       [&api, r](http::Request q) { return set_deleted(api, r, std::move(q), false); }},
  };
}

}  // namespace thranio::api
