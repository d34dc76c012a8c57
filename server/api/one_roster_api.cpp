#include <algorithm>
#include <set>
#include <unordered_map>

#include <openssl/evp.h>

#include "pipelines/base/log.hpp"
#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/auth/attempts.hpp"
#include "server/auth/client_store.hpp"
#include "server/http/problem.hpp"
#include "server/roster/provider_store.hpp"
#include "server/store/times.hpp"

// The roster as other systems pull it: OneRoster 1.2 Rostering Service (1EdTech REST binding, read-only),
// behind OAuth 2 client credentials (RFC 6749 section 4.4). A client belongs to one organisation and sees it
// and all that stand in it. Refusals are imsx_StatusInfo, as that specification has them, and OAuth's own
// errors (RFC 6749 section 5.2).
namespace thranio::api {
namespace {

using auth::Client;
using nlohmann::json;
using roster::AcademicSession;
using roster::Class;
using roster::Course;
using roster::Enrollment;
using roster::Narrowing;
using roster::ProviderQuery;
using roster::School;
using roster::User;

constexpr int kMostRows = 5000;  // of one page
constexpr auto kAccessLasts = std::chrono::hours(1);
const std::string kBase = "/ims/oneroster/rostering/v1p2";
const std::string kScopes = "https://purl.imsglobal.org/spec/or/v1p2/scope/";

// --- the clients of a school ---

json client_json(const Client& client) {
  return {{"id", client.id},
          {"name", client.name},
          {"scopes", client.scopes},
          {"created_at", store::to_rfc3339(store::from_millis(client.created_at))}};
}

Answer create_client(const Api& api, http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  const auto body = json_body(api, request, "NewClient");
  if (!body) co_return std::unexpected(body.error());
  auto task = [asker = *asker, body = *body,
               school = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    if (auto may = permit_in_school(sql, asker.who, school, true); !may) return std::unexpected(may.error());
    const auto name = words_in(body, "name");
    if (!name) return std::unexpected(name.error());
    const Client client{store::new_id("o"), school, *name,
                        body.value("scopes", std::vector<std::string>{"roster-core.readonly"}), asker.now_ms};
    const std::string secret = auth::random_text();
    auth::insert_client(sql, client, auth::sha256(secret));
    json told = client_json(client);
    audit(sql, asker, "create", "Client", client.id, school, "", told.dump());
    told["secret"] = secret;
    return json_response(201, told);
  };
  co_return co_await api.database.write(std::move(task));
}

Answer list_clients(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  auto task = [who = *who,
               school = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    if (auto may = permit_in_school(sql, who, school, true); !may) return std::unexpected(may.error());
    json items = json::array();
    for (const auto& client : auth::clients_of_school(sql, school))
      items.push_back(client_json(client));
    return json_response(200, {{"items", items}, {"next_cursor", nullptr}});
  };
  co_return co_await api.database.read(std::move(task));
}

Answer delete_client(const Api& api, http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  auto task = [asker = *asker,
               id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    const auto client = auth::client_by_id(sql, id);
    if (!client) return std::unexpected(not_found());
    if (auto may = permit_in_school(sql, asker.who, client->school_id, true); !may)
      return std::unexpected(may.error());
    auth::delete_client(sql, id);
    audit(sql, asker, "delete", "Client", id, client->school_id, client_json(*client).dump(), "");
    return no_content();
  };
  co_return co_await api.database.write(std::move(task));
}

// --- the token endpoint ---

void log_refused(const http::Request& request, const std::string& code, const std::string& cause) {
  log::info("request refused",
            {{"path", request.path}, {"from", request.remote_address}, {"code", code}, {"cause", cause}});
}

http::Response oauth_error(int status, const std::string& code, const std::string& description) {
  auto response = json_response(status, {{"error", code}, {"error_description", description}});
  if (status == 401) response.set("WWW-Authenticate", "Basic realm=\"thranio\"");
  return response;
}

struct Credentials {
  std::string id, secret;
};

// RFC 6749 section 2.3.1: both halves are form-encoded before they are joined.
std::optional<Credentials> basic_credentials(std::string_view header) {
  constexpr std::string_view kScheme = "Basic ";
  if (!header.starts_with(kScheme)) return std::nullopt;
  const std::string coded{header.substr(kScheme.size())};
  if (coded.size() % 4 != 0 || coded.size() > 1024) return std::nullopt;
  std::string plain(coded.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<uint8_t*>(plain.data()),
                      reinterpret_cast<const uint8_t*>(coded.data()), static_cast<int>(coded.size()));
  if (size < 0) return std::nullopt;
  const auto padding = std::min<size_t>(2, static_cast<size_t>(std::ranges::count(coded, '=')));
  plain.resize(static_cast<size_t>(size) - std::min(padding, static_cast<size_t>(size)));
  const size_t colon = plain.find(':');
  if (colon == plain.npos) return std::nullopt;
  auto id = http::percent_decode(plain.substr(0, colon), true),
       secret = http::percent_decode(plain.substr(colon + 1), true);
  if (!id || !secret) return std::nullopt;
  return Credentials{std::move(*id), std::move(*secret)};
}

std::string field_of(const std::vector<std::pair<std::string, std::string>>& form, const std::string& name) {
  const auto at = std::ranges::find(form, name, &std::pair<std::string, std::string>::first);
  return at == form.end() ? "" : at->second;
}

// "a b" → those of them that the client may have; without any that it asks for: all that it may.
std::vector<std::string> granted_scopes(const std::string& asked, const std::vector<std::string>& allowed) {
  if (asked.empty()) return allowed;
  std::vector<std::string> granted;
  for (size_t at = 0; at < asked.size();) {
    const size_t end = std::min(asked.find(' ', at), asked.size());
    std::string scope = asked.substr(at, end - at);
    if (scope.starts_with(kScopes)) scope.erase(0, kScopes.size());
    if (std::ranges::find(allowed, scope) != allowed.end()) granted.push_back(scope);
    at = end + 1;
  }
  return granted;
}

Answer make_access_token(const Api& api, auth::Attempts& attempts, http::Request request) {
  if (auto typed = require_type(request, "application/x-www-form-urlencoded"); !typed)
    co_return oauth_error(400, "invalid_request", typed.error().detail);
  const auto form = http::parse_form(request.body);
  if (!form) co_return oauth_error(400, "invalid_request", "The body is no form.");
  if (field_of(*form, "grant_type") != "client_credentials")
    co_return oauth_error(400, "unsupported_grant_type", "Only client_credentials is given here.");
  const auto header = request.header("authorization");
  const auto credentials = header
                               ? basic_credentials(*header)
                               : Credentials{field_of(*form, "client_id"), field_of(*form, "client_secret")};
  if (!credentials || credentials->id.empty())
    co_return oauth_error(401, "invalid_client",
                          "Name the client by HTTP Basic, or by client_id and client_secret.");
  const auto now = std::chrono::steady_clock::now();
  if (const auto wait = attempts.wait(credentials->id, request.remote_address, now)) {
    auto response = oauth_error(429, "slow_down", "Too many wrong secrets.");
    response.set("Retry-After", std::to_string(wait->count()));
    co_return response;
  }
  auto task = [asked = field_of(*form, "scope"),
               credentials = *credentials](soci::session& sql) -> Result<http::Response> {
    const auto client = auth::client_by_secret(sql, credentials.id, auth::sha256(credentials.secret));
    if (!client)
      return oauth_error(401, "invalid_client", "There is no such client, or its secret is another.");
    const auto scopes = granted_scopes(asked, client->scopes);
    if (scopes.empty()) return oauth_error(400, "invalid_scope", "The client may have none of these scopes.");
    const std::string text = auth::random_text();
    const int64_t at = store::to_millis(std::chrono::system_clock::now());
    auth::insert_access_token(sql, auth::sha256(text), client->id, scopes, at,
                              at + std::chrono::milliseconds(kAccessLasts).count());
    std::string told;
    for (const auto& scope : scopes)
      told += (told.empty() ? "" : " ") + kScopes + scope;
    return json_response(200, {{"access_token", text},
                               {"token_type", "Bearer"},
                               {"expires_in", std::chrono::seconds(kAccessLasts).count()},
                               {"scope", told}});
  };
  auto answer = co_await api.database.write(std::move(task));
  if (!answer) co_return oauth_error(503, "temporarily_unavailable", answer.error().detail);
  if (answer->status != 200) log_refused(request, "access token refused", "client " + credentials->id);
  if (answer->status == 401)
    attempts.failed(credentials->id, request.remote_address, now);
  else
    attempts.succeeded(credentials->id);
  co_return std::move(*answer);
}

// --- rows as OneRoster's objects ---

// Names rows by the sourcedIds of others, each asked for once.
class Names {
 public:
  Names(soci::session& sql, std::string origin) : sql_(sql), origin_(std::move(origin)) {}

  template <typename Row>
  json ref(const std::optional<std::string>& id, const char* type, const char* collection) {
    if (!id || id->empty()) return nullptr;
    auto at = told_.find(*id);
    if (at == told_.end()) {
      const auto row = store::find<Row>(sql_, *id);
      at = told_.emplace(*id, row ? roster::told_id(*row) : "").first;
    }
    if (at->second.empty()) return nullptr;
    return {{"href", origin_ + kBase + "/" + collection + "/" + at->second},
            {"sourcedId", at->second},
            {"type", type}};
  }
  json org(const std::optional<std::string>& id) { return ref<School>(id, "org", "orgs"); }
  json session(const std::optional<std::string>& id) {
    return ref<AcademicSession>(id, "academicSession", "academicSessions");
  }
  json user(const std::optional<std::string>& id) { return ref<User>(id, "user", "users"); }
  soci::session& sql() { return sql_; }
  std::optional<Class> cls(const std::string& id) {
    auto at = classes_.find(id);
    if (at == classes_.end()) at = classes_.emplace(id, store::find<Class>(sql_, id)).first;
    return at->second;
  }

 private:
  soci::session& sql_;
  const std::string origin_;
  std::unordered_map<std::string, std::string> told_;
  std::unordered_map<std::string, std::optional<Class>> classes_;
};

json head_json(const roster::RowHead& row) {
  return {{"sourcedId", roster::told_id(row)},
          {"status", row.deleted_at ? "tobedeleted" : "active"},
          {"dateLastModified", store::to_rfc3339(store::from_millis(row.updated_at))}};
}

// What is not known is left out: null is no value of that specification.
void set(json& object, const char* name, json value) {
  if (value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty())) return;
  object[name] = std::move(value);
}

json object_of(Names& names, const School& row) {
  json o = head_json(row);
  set(o, "name", row.name);
  set(o, "type", row.type);
  set(o, "identifier", row.identifier);
  set(o, "parent", names.org(row.parent_id));
  return o;
}

json object_of(Names& names, const AcademicSession& row) {
  json o = head_json(row);
  set(o, "title", row.title);
  set(o, "startDate", row.starts_on);
  set(o, "endDate", row.ends_on);
  set(o, "type", roster::told_session_type(row.type));
  set(o, "schoolYear", row.school_year);
  set(o, "parent", names.session(row.parent_id));
  return o;
}

json object_of(Names& names, const Course& row) {
  json o = head_json(row);
  set(o, "title", row.title);
  set(o, "schoolYear", names.session(row.school_year_id));
  set(o, "courseCode", row.course_code);
  o["grades"] = row.grades;
  o["subjects"] = row.subjects;
  set(o, "org", names.org(row.school_id));
  o["subjectCodes"] = row.subject_codes;
  return o;
}

json object_of(Names& names, const Class& row) {
  json o = head_json(row);
  set(o, "title", row.title);
  set(o, "classCode", row.class_code);
  set(o, "classType", row.class_type);
  set(o, "location", row.location);
  o["grades"] = row.grades;
  o["subjects"] = row.subjects;
  set(o, "course", names.ref<Course>(row.course_id, "course", "courses"));
  set(o, "school", names.org(row.school_id));
  o["terms"] = json::array();
  for (const auto& term : row.term_ids)
    if (auto told = names.session(term); !told.is_null()) o["terms"].push_back(std::move(told));
  o["subjectCodes"] = row.subject_codes;
  o["periods"] = row.periods;
  return o;
}

json object_of(Names& names, const User& row) {
  json o = head_json(row);
  set(o, "username", row.username);
  o["userIds"] = json::array();
  o["enabledUser"] = row.enabled;
  set(o, "givenName", row.given_name);
  set(o, "familyName", row.family_name);
  set(o, "middleName", row.middle_name);
  o["roles"] = json::array();
  const auto add_role = [&](const std::string& type, const std::string& role, const std::string& org,
                            const std::string& from, const std::string& to) {
    json told{{"roleType", type}, {"role", role}, {"org", names.org(org)}};
    set(told, "beginDate", from);
    set(told, "endDate", to);
    o["roles"].push_back(std::move(told));
  };
  const auto assigned = roster::roles_of(names.sql(), row.id);
  for (const auto& role : assigned)
    add_role(role.role_type, role.role, role.school_id, role.starts_on, role.ends_on);
  if (assigned.empty())
    for (const auto& role : row.roles)
      add_role(role == row.roles.front() ? "primary" : "secondary", roster::told_role(role), row.school_id,
               "", "");
  set(o, "identifier", row.identifier);
  set(o, "email", row.email);
  set(o, "phone", row.phone);
  o["agents"] = json::array();
  for (const auto& guardian : roster::guardians_of(names.sql(), row.id))
    if (auto told = names.user(guardian); !told.is_null()) o["agents"].push_back(std::move(told));
  o["grades"] = row.grades;
  set(o, "primaryOrg", names.org(row.school_id));
  return o;
}

json object_of(Names& names, const Enrollment& row) {
  json o = head_json(row);
  const auto cls = names.cls(row.class_id);
  set(o, "user", names.user(row.user_id));
  set(o, "class", names.ref<Class>(row.class_id, "class", "classes"));
  if (cls) set(o, "school", names.org(cls->school_id));
  set(o, "role", row.role);
  o["primary"] = row.is_primary;
  set(o, "beginDate", row.starts_on);
  set(o, "endDate", row.ends_on);
  return o;
}

// --- requests ---

http::Response ims_error(const Error& error) {
  const char* minor = "internal_server_error";
  switch (error.kind) {
    case ErrorKind::kInvalid:
      minor = error.field == "filter"   ? "invalid_filter_field"
              : error.field == "fields" ? "invalid_selection_field"
              : error.field == "sort"   ? "invalid_sort_field"
                                        : "invaliddata";
      break;
    case ErrorKind::kUnauthenticated:
      minor = "unauthorisedrequest";
      break;
    case ErrorKind::kForbidden:
      minor = "forbidden";
      break;
    case ErrorKind::kNotFound:
      minor = "unknownobject";
      break;
    case ErrorKind::kUnavailable:
      minor = "server_busy";
      break;
    default:
      break;
  }
  auto response = json_response(
      http::status_of(error.kind),
      {{"imsx_codeMajor", "failure"},
       {"imsx_severity", "error"},
       {"imsx_description", error.detail},
       {"imsx_CodeMinor",
        {{"imsx_codeMinorField",
          {{{"imsx_codeMinorFieldName", "TargetEndSystem"}, {"imsx_codeMinorFieldValue", minor}}}}}}});
  if (error.kind == ErrorKind::kUnauthenticated) response.set("WWW-Authenticate", "Bearer");
  return response;
}

http::Response ims_refusal(const http::Request& request, const Error& error) {
  log_refused(request, error.code, error.detail);
  return ims_error(error);
}

std::string bearer_of(const http::Request& request) {
  const std::string_view header = request.header("authorization").value_or("");
  constexpr std::string_view kScheme = "Bearer ";
  return header.starts_with(kScheme) ? std::string{header.substr(kScheme.size())} : "";
}

Result<Client> client_of(soci::session& sql, const std::string& bearer, bool demographics) {
  auto client = auth::client_by_access_token(sql, auth::sha256(bearer),
                                             store::to_millis(std::chrono::system_clock::now()));
  if (!client)
    return fail(ErrorKind::kUnauthenticated, "token-invalid", "This access token is unknown or has expired.");
  const auto has = [&](const char* scope) {
    return std::ranges::find(client->scopes, scope) != client->scopes.end();
  };
  if (demographics ? !has("roster-demographics.readonly")
                   : !has("roster.readonly") && !has("roster-core.readonly"))
    return fail(ErrorKind::kForbidden, "scope-missing",
                "This access token was made without the scope for it.");
  return std::move(*client);
}

Result<ProviderQuery> provider_query(const http::Request& request) {
  ProviderQuery query;
  const auto limit = number_in(request, "limit", 1, kMostRows, 100),
             offset = number_in(request, "offset", 0, INT32_MAX, 0);
  if (!limit) return std::unexpected(limit.error());
  if (!offset) return std::unexpected(offset.error());
  query.limit = *limit;
  query.offset = *offset;
  query.sort = request.query_parameter("sort").value_or("");
  const auto order = request.query_parameter("orderBy").value_or("asc");
  if (order != "asc" && order != "desc")
    return fail(ErrorKind::kInvalid, "invalid-field", "orderBy is asc or desc.", "orderBy");
  query.descending = order == "desc";
  auto filter = roster::parse_filter(request.query_parameter("filter").value_or(""));
  if (!filter) return std::unexpected(filter.error());
  query.filter = std::move(*filter);
  return query;
}

// first, prev, next, last (RFC 8288).
std::string page_links(const http::Request& request, const ProviderQuery& query, int64_t total) {
  std::string rest;
  for (const auto& [name, value] : request.query) {
    if (name == "limit" || name == "offset") continue;
    rest += "&" + name + "=";
    for (const char c : value) {
      constexpr std::string_view kHex = "0123456789ABCDEF";
      if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_')
        rest += c;
      else
        rest.append({'%', kHex[static_cast<uint8_t>(c) >> 4], kHex[static_cast<uint8_t>(c) & 15]});
    }
  }
  std::string links;
  const auto add = [&](const char* rel, int64_t offset) {
    links += (links.empty() ? "<" : ", <") + request.origin + request.path +
             "?limit=" + std::to_string(query.limit) + "&offset=" + std::to_string(offset) + rest +
             ">; rel=\"" + rel + "\"";
  };
  const int64_t last = total == 0 ? 0 : (total - 1) / query.limit * query.limit;
  add("first", 0);
  if (query.offset > 0) add("prev", std::max<int64_t>(0, int64_t{query.offset} - query.limit));
  if (int64_t{query.offset} + query.limit < total) add("next", int64_t{query.offset} + query.limit);
  add("last", last);
  return links;
}

// Fills a narrowing from the path's parameters: the id of a row of the client's, or unknownobject.
using Narrow = std::function<Result<void>(soci::session&, const Client&, const http::Request&, Narrowing&)>;

template <typename Row>
Narrow by(std::string Narrowing::*member, std::string parameter = "id", Narrowing more = {}) {
  return [=](soci::session& sql, const Client& client, const http::Request& request,
             Narrowing& narrowing) -> Result<void> {
    const auto row = roster::provided_by_id<Row>(sql, client.school_id, request.path_parameter(parameter));
    if (!row || row->deleted_at) return std::unexpected(not_found());
    narrowing.*member = row->id;
    if (!more.role.empty()) narrowing.role = more.role;
    if (!more.type.empty()) narrowing.type = more.type;
    return {};
  };
}

Narrow only(Narrowing fixed) {
  return [=](soci::session&, const Client&, const http::Request&, Narrowing& narrowing) -> Result<void> {
    narrowing = fixed;
    return {};
  };
}

template <typename Row>
Answer provide_page(const Api& api, http::Request request, Narrow narrow, const char* plural) {
  auto task = [narrow = std::move(narrow), plural, &request](soci::session& sql) -> Result<http::Response> {
    const auto client = client_of(sql, bearer_of(request), false);
    if (!client) return std::unexpected(client.error());
    auto query = provider_query(request);
    if (!query) return std::unexpected(query.error());
    query->target = client->school_id;
    if (auto found = narrow(sql, *client, request, query->narrowing); !found)
      return std::unexpected(found.error());
    const auto page = roster::provided<Row>(sql, *query);
    if (!page) return std::unexpected(page.error());
    Names names(sql, request.origin);
    json objects = json::array();
    for (const auto& row : page->rows) {
      auto object = only_fields(request, object_of(names, row));
      if (!object) return std::unexpected(object.error());
      objects.push_back(std::move(*object));
    }
    auto response = json_response(200, {{plural, std::move(objects)}});
    response.set("X-Total-Count", std::to_string(page->total));
    response.set("Link", page_links(request, *query, page->total));
    return response;
  };
  auto answer = co_await api.database.read(std::move(task));
  co_return answer ? std::move(*answer) : ims_refusal(request, answer.error());
}

// `fits`: whether the row is one of this collection ("/students/{id}" tells of no teacher).
template <typename Row>
Answer provide_one(const Api& api, http::Request request, std::function<bool(const Row&)> fits,
                   const char* singular) {
  auto task = [fits = std::move(fits), singular, &request](soci::session& sql) -> Result<http::Response> {
    const auto client = client_of(sql, bearer_of(request), false);
    if (!client) return std::unexpected(client.error());
    const auto row = roster::provided_by_id<Row>(sql, client->school_id, request.path_parameter("id"));
    if (!row || !fits(*row)) return std::unexpected(not_found());
    Names names(sql, request.origin);
    auto object = only_fields(request, object_of(names, *row));
    if (!object) return std::unexpected(object.error());
    return json_response(200, {{singular, std::move(*object)}});
  };
  auto answer = co_await api.database.read(std::move(task));
  co_return answer ? std::move(*answer) : ims_refusal(request, answer.error());
}

// No demographics are kept here: nobody has any.
Answer no_demographics(const Api& api, http::Request request) {
  auto task = [&request](soci::session& sql) -> Result<http::Response> {
    const auto client = client_of(sql, bearer_of(request), true);
    if (!client) return std::unexpected(client.error());
    if (request.path_parameters.contains("id")) return std::unexpected(not_found());
    auto response = json_response(200, {{"demographics", json::array()}});
    response.set("X-Total-Count", "0");
    return response;
  };
  auto answer = co_await api.database.read(std::move(task));
  co_return answer ? std::move(*answer) : ims_refusal(request, answer.error());
}

bool has_role(const User& user, const char* role) {
  return std::ranges::find(user.roles, role) != user.roles.end();
}

}  // namespace

std::vector<http::Route> one_roster_routes(const Api& api) {
  using http::Method;
  using http::Request;
  std::vector<http::Route> routes;
  const auto attempts = std::make_shared<auth::Attempts>();
  routes.push_back({Method::kPost, "/oauth2/token",
                    [&api, attempts](Request q) { return make_access_token(api, *attempts, std::move(q)); }});
  routes.push_back({Method::kPost, "/api/v1/schools/{id}/clients",
                    [&api](Request q) { return create_client(api, std::move(q)); }});
  routes.push_back({Method::kGet, "/api/v1/schools/{id}/clients",
                    [&api](Request q) { return list_clients(api, std::move(q)); }});
  routes.push_back({Method::kDelete, "/api/v1/clients/{id}",
                    [&api](Request q) { return delete_client(api, std::move(q)); }});

  const auto pages = [&]<typename Row>(const Row*, const std::string& path, Narrow narrow,
                                       const char* plural) {
    routes.push_back({Method::kGet, kBase + path, [&api, narrow, plural](Request q) {
                        return provide_page<Row>(api, std::move(q), narrow, plural);
                      }});
  };
  const auto ones = [&]<typename Row>(const Row*, const std::string& path,
                                      std::function<bool(const Row&)> fits, const char* singular) {
    routes.push_back({Method::kGet, kBase + path + "/{id}", [&api, fits, singular](Request q) {
                        return provide_one<Row>(api, std::move(q), fits, singular);
                      }});
  };
  const auto typed = [&]<typename Row>(const Row* row, const std::string& path, const char* type,
                                       const char* plural, const char* singular) {
    pages(row, path, only({.type = type}), plural);
    ones(row, path, std::function<bool(const Row&)>([type](const Row& r) { return r.type == type; }),
         singular);
  };
  const auto all = [&]<typename Row>(const Row* row, const std::string& path, const char* plural,
                                     const char* singular) {
    pages(row, path, only({}), plural);
    ones(row, path, std::function<bool(const Row&)>([](const Row&) { return true; }), singular);
  };
  const auto people = [&](const std::string& path, const char* role) {
    pages(static_cast<const User*>(nullptr), path, only({.role = role}), "users");
    ones(static_cast<const User*>(nullptr), path,
         std::function<bool(const User&)>([role](const User& user) { return has_role(user, role); }), "user");
  };
  const School* const org = nullptr;
  const AcademicSession* const session = nullptr;
  const Course* const course = nullptr;
  const Class* const cls = nullptr;
  const User* const user = nullptr;
  const Enrollment* const enrollment = nullptr;

  all(org, "/orgs", "orgs", "org");
  typed(org, "/schools", "school", "orgs", "org");
  all(session, "/academicSessions", "academicSessions", "academicSession");
  typed(session, "/terms", "term", "academicSessions", "academicSession");
  typed(session, "/gradingPeriods", "grading_period", "academicSessions", "academicSession");
  all(course, "/courses", "courses", "course");
  all(cls, "/classes", "classes", "class");
  all(user, "/users", "users", "user");
  people("/students", "student");
  people("/teachers", "teacher");
  all(enrollment, "/enrollments", "enrollments", "enrollment");

  pages(session, "/schools/{id}/terms", by<School>(&Narrowing::school, "id", {.type = "term"}),
        "academicSessions");
  pages(course, "/schools/{id}/courses", by<School>(&Narrowing::school), "courses");
  pages(cls, "/schools/{id}/classes", by<School>(&Narrowing::school), "classes");
  pages(enrollment, "/schools/{id}/enrollments", by<School>(&Narrowing::school), "enrollments");
  pages(user, "/schools/{id}/students", by<School>(&Narrowing::school, "id", {.role = "student"}), "users");
  pages(user, "/schools/{id}/teachers", by<School>(&Narrowing::school, "id", {.role = "teacher"}), "users");
  const std::string in_class = "/schools/{id}/classes/{class}";
  pages(enrollment, in_class + "/enrollments", by<Class>(&Narrowing::cls, "class"), "enrollments");
  pages(user, in_class + "/students", by<Class>(&Narrowing::cls, "class", {.role = "student"}), "users");
  pages(user, in_class + "/teachers", by<Class>(&Narrowing::cls, "class", {.role = "teacher"}), "users");
  pages(session, "/terms/{id}/gradingPeriods",
        by<AcademicSession>(&Narrowing::term, "id", {.type = "grading_period"}), "academicSessions");
  pages(cls, "/terms/{id}/classes", by<AcademicSession>(&Narrowing::term), "classes");
  pages(cls, "/courses/{id}/classes", by<Course>(&Narrowing::course), "classes");
  pages(user, "/classes/{id}/students", by<Class>(&Narrowing::cls, "id", {.role = "student"}), "users");
  pages(user, "/classes/{id}/teachers", by<Class>(&Narrowing::cls, "id", {.role = "teacher"}), "users");
  pages(cls, "/users/{id}/classes", by<User>(&Narrowing::user), "classes");
  pages(cls, "/students/{id}/classes", by<User>(&Narrowing::user, "id", {.role = "student"}), "classes");
  pages(cls, "/teachers/{id}/classes", by<User>(&Narrowing::user, "id", {.role = "teacher"}), "classes");
  for (const char* path : {"/demographics", "/demographics/{id}"})
    routes.push_back(
        {Method::kGet, kBase + path, [&api](Request q) { return no_demographics(api, std::move(q)); }});
  return routes;
}

}  // namespace thranio::api
