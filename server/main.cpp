// Builds every part, hands references down, runs, stops in order; nothing else.
#include <cstdio>
#include <future>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <nlohmann/json.hpp>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "pipelines/base/log.hpp"
#include "pipelines/lesson_pipeline.hpp"
#include "server/api/routes.hpp"
#include "server/api/slides_api.hpp"
#include "server/config.hpp"
#include "server/demo.hpp"
#include "server/embedded/embedded_files.hpp"
#include "server/http/listener.hpp"
#include "server/lesson/attendance_ledger.hpp"
#include "server/lesson/class_event_store.hpp"
#include "server/lesson/lesson_clock.hpp"
#include "server/lesson/lessons.hpp"
#include "server/lesson/retention.hpp"
#include "server/lesson/stored_decks.hpp"
#include "server/roster/import_store.hpp"
#include "server/schedule/timetable_store.hpp"
#include "server/signaling/messages.hpp"
#include "server/signaling/ws_session.hpp"
#include "server/slides/slide_files.hpp"
#include "server/slides/workshop.hpp"
#include "server/store/new_id.hpp"
#include "server/store/times.hpp"

namespace thranio {
namespace {

constexpr int kRequestNiceness = 10;  // a tenth of a core where media wants all of it
constexpr auto kDrainPatience = std::chrono::seconds(5);

std::vector<http::StaticFiles::File> client_files() {
  constexpr std::string_view kRoot = "client-web/dist";
  std::vector<http::StaticFiles::File> files;
  for (const auto& file : embedded::files())
    if (file.name.starts_with(kRoot))
      files.push_back({std::string{file.name.substr(kRoot.size())}, file.content});
  return files;
}

// The media port is the TCP port: with port 0 the system chose it for TCP a moment ago.
std::unique_ptr<pipelines::MediaPlane> start_media(const Config& config, uint16_t port) {
  auto settings = config.media;
  settings.port = port;
  return pipelines::MediaPlane::start(settings);
}

void restore_live_lessons(store::Database& database, lesson::Lessons& lessons) {
  const auto live = database.write_now([](soci::session& sql) -> Result<std::vector<schedule::LessonRecord>> {
    return schedule::lessons_by_status(sql, schedule::LessonStatus::kLive);
  });
  for (const auto& record : *live)
    lessons.start(record);
  if (!live->empty()) log::info("lessons restored", {{"count", live->size()}});
}

void fail_unfinished_imports(store::Database& database) {
  const auto done = database.write_now([](soci::session& sql) -> Result<bool> {
    roster::fail_unfinished_runs(sql, store::to_millis(std::chrono::system_clock::now()));
    return true;
  });
  if (!done) log::error("unfinished imports", {{"cause", done.error().detail}});
}

std::string url_of(const Config& config, const std::string& address, uint16_t port) {
  const bool v6 = address.find(':') != std::string::npos;
  return (config.http.tls_certificate.empty() ? "http://" : "https://") +
         (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

bool is_any(const std::string& address) {
  return address == "0.0.0.0" || address == "::";
}

int serve(const Config& config) {
  boost::asio::io_context io;
  const SystemClock clock;
  store::Database database(config.data);
  auth::Tokens tokens(database);
  lesson::AttendanceLedger attendance(io.get_executor(), database, clock);
  const api::Schemas schemas(*embedded::find("schema/openapi.yaml"));
  const http::StaticFiles files(client_files());

  http::Router router;
  api::AnswerCache answers(database);
  mail::Mailer mailer(config.mail);
  const api::Api api{database, tokens, schemas, answers, mailer};
  // The listener binds first, so that with port 0 the media plane can take the same number.
  std::vector<http::WebSocketRoute> web_sockets;
  std::optional<lesson::Lessons> lessons;
  const auto live = [&](std::shared_ptr<http::WebSocket> socket) -> boost::asio::awaitable<void> {
    return signaling::live_route({database, tokens, *lessons}).serve(std::move(socket));
  };
  web_sockets.push_back({"/api/v1/lessons/{id}/live", "thranio.v1", live});
  http::Listener listener(io.get_executor(), config.http, router, files, web_sockets);
  const auto media = start_media(config, listener.port());
  lesson::StoredClassEvents class_events(database);
  lesson::StoredDecks decks(database);
  lessons.emplace(
      io.get_executor(), *media, store::new_id("server"),
      [](const lesson::Event& event) {
        return std::make_shared<const std::string>(signaling::encode(event));
      },
      class_events, decks, attendance);
  const slides::SlideFiles slide_files(config.data);
  slides::Workshop workshop(database, slide_files,
                            [&](const std::string& lesson) { lessons->decks_changed(LessonId{lesson}); });
  api::Exporter exporter;
  const api::Slides slides{slide_files, workshop, *lessons, exporter};

  std::atomic<bool> ready{true};
  router.add(api::school_routes(api, *lessons));
  router.add(api::user_routes(api));
  router.add(api::class_routes(api));
  router.add(api::enrollment_routes(api));
  router.add(api::lesson_routes(api, *lessons));
  router.add(api::class_record_routes(api));
  router.add(api::slide_routes(api, slides));
  router.add(api::attendance_routes(api, attendance));
  router.add(api::series_routes(api));
  router.add(api::timetable_routes(api));
  router.add(api::feed_routes(api));
  router.add(api::one_roster_routes(api));
  router.add(api::import_routes(api));
  router.add(api::audit_routes(api));
  router.add(api::account_routes(api));
  router.add(api::privacy_routes(api));
  router.add(api::token_routes(api));
  router.add(api::media_routes(api, *lessons));
  router.add(api::server_routes(
      [&] {
        return media->metrics() + listener.counters().prometheus() +
               "# HELP thranio_lessons Lessons held open.\n# TYPE thranio_lessons gauge\nthranio_lessons " +
               std::to_string(lessons->size()) + "\n";
      },
      [&] { return ready.load(); }));

  attendance.recover();
  restore_live_lessons(database, *lessons);
  attendance.start();
  fail_unfinished_imports(database);
  lesson::LessonClock lesson_clock(io.get_executor(), database, *lessons);
  lesson_clock.start();
  workshop.start();
  lesson::Retention retention(io.get_executor(), database, [&] { workshop.sweep_soon(); });
  retention.start();
  listener.start();

  std::promise<void> stop_asked;
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (!error) stop_asked.set_value();
  });
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(2u, std::thread::hardware_concurrency()); ++i)
    threads.emplace_back([&io, i] {
      pthread_setname_np(pthread_self(), ("io-" + std::to_string(i)).c_str());
      // Requests wait for voices, not the other way round, when a class joins in one moment.
      setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kRequestNiceness);
      io.run();
    });

  const std::string shown = is_any(config.http.address) ? "127.0.0.1" : config.http.address;
  std::printf("%s\n", nlohmann::json{{"event", "listening"},
                                     {"address", config.http.address},
                                     {"port", listener.port()},
                                     {"url", url_of(config, shown, listener.port())}}
                          .dump()
                          .c_str());
  std::fflush(stdout);

  std::optional<Demo> demo;
  if (config.demo) {
    const auto admin = tokens.issue_now({auth::Role::kAdmin, {}, {}, "demo", {}});
    // The demo itself speaks plain HTTP on loopback, whatever people use.
    demo.emplace("http://" + shown + ":" + std::to_string(listener.port()),
                 url_of(config, shown, listener.port()), admin->text);
  }

  stop_asked.get_future().wait();
  log::info("stopping");
  ready = false;
  demo.reset();
  workshop.stop();
  lessons->going_away();
  std::promise<void> drained;
  listener.stop(kDrainPatience, [&] { drained.set_value(); });
  drained.get_future().wait();
  io.stop();
  for (auto& thread : threads)
    thread.join();
  lessons->end_media();
  attendance.flush_now();
  return 0;
}

int create_token(const Config& config) {
  store::Database database(config.data);
  auth::Tokens tokens(database);
  const auto issued = tokens.issue_now({*auth::role_of(config.token_role), {}, {}, "command line", {}});
  if (!issued) {
    std::fprintf(stderr, "thranio: %s\n", issued.error().detail.c_str());
    return 1;
  }
  std::printf("%s\n", issued->text.c_str());
  return 0;
}

int run(const std::vector<std::string>& arguments) {
  const auto config = parse_command_line(arguments);
  if (!config) {
    std::fprintf(stderr, "thranio: %s\n%s", config.error().c_str(), usage().c_str());
    return 2;
  }
  switch (config->command) {
    case Config::Command::kServe:
      return serve(*config);
    case Config::Command::kTokenCreate:
      return create_token(*config);
    case Config::Command::kVersion:
      std::printf("thranio %s\n", THRANIO_VERSION);
      return 0;
    case Config::Command::kHelp:
      std::printf("%s", usage().c_str());
      return 0;
  }
  return 0;
}

}  // namespace
}  // namespace thranio

int main(int argc, char** argv) {
  try {
    return thranio::run({argv + 1, argv + argc});
  } catch (const std::exception& fault) {
    thranio::log::error("thranio stops", {{"cause", fault.what()}});
    return 1;
  }
}
