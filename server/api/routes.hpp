// The tables of each *_api; main puts them into one router. Thread: any.
#pragma once

#include <functional>
#include <vector>

#include "server/api/rest.hpp"
#include "server/http/router.hpp"

namespace thranio::lesson {
class AttendanceLedger;
class Lessons;
}  // namespace thranio::lesson

namespace thranio::api {

std::vector<http::Route> school_routes(const Api& api, lesson::Lessons& lessons);
std::vector<http::Route> user_routes(const Api& api);
std::vector<http::Route> class_routes(const Api& api);
std::vector<http::Route> enrollment_routes(const Api& api);
std::vector<http::Route> lesson_routes(const Api& api, lesson::Lessons& lessons);
// What was said and answered in a lesson.
std::vector<http::Route> class_record_routes(const Api& api);
std::vector<http::Route> attendance_routes(const Api& api, lesson::AttendanceLedger& ledger);
std::vector<http::Route> series_routes(const Api& api);
std::vector<http::Route> timetable_routes(const Api& api);
std::vector<http::Route> feed_routes(const Api& api);
// What other systems pull: OneRoster REST, its clients and their access tokens.
std::vector<http::Route> one_roster_routes(const Api& api);
std::vector<http::Route> import_routes(const Api& api);
std::vector<http::Route> audit_routes(const Api& api);
std::vector<http::Route> account_routes(const Api& api);
std::vector<http::Route> privacy_routes(const Api& api);
std::vector<http::Route> token_routes(const Api& api);
std::vector<http::Route> media_routes(const Api& api, lesson::Lessons& lessons);
// /healthz, /readyz, /metrics and the OpenAPI document.
std::vector<http::Route> server_routes(std::function<std::string()> metrics, std::function<bool()> ready);

}  // namespace thranio::api
