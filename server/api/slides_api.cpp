#include "server/api/slides_api.hpp"

#include <charconv>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pipelines/base/text.hpp"
#include "server/api/resource.hpp"
#include "server/http/byte_range.hpp"
#include "server/lesson/class_event_store.hpp"
#include "server/lesson/class_state.hpp"
#include "server/lesson/lessons.hpp"
#include "server/slides/converter.hpp"
#include "server/slides/deck_export.hpp"
#include "server/slides/deck_store.hpp"
#include "server/slides/slide_files.hpp"
#include "server/slides/workshop.hpp"
#include "server/store/new_id.hpp"
#include "server/store/times.hpp"

// Slides of a lesson: a file comes in and is converted in the background; its pages go out as pictures.
namespace thranio::api {
namespace {

using nlohmann::json;
using namespace slides;

constexpr size_t kLongestTitle = 120;  // characters

json deck_json(const Deck& deck) {
  json sizes = json::array();
  for (const auto& size : deck.sizes)
    sizes.push_back({{"width", size.width}, {"height", size.height}});
  json told{{"id", deck.id},
            {"title", deck.title},
            {"format", deck.format},
            {"state", to_text(deck.state)},
            {"reason", nullptr},
            {"pages", deck.pages},
            {"done", deck.done},
            {"sizes", std::move(sizes)},
            {"created_at", store::to_rfc3339(store::from_millis(deck.created_at))}};
  if (!deck.reason.empty())
    told["reason"] = {{"type", "/problems/" + deck.reason}, {"detail", sentence_of(deck.reason)}};
  return told;
}

Result<void> permit_lesson(soci::session& sql, const auth::Principal& who, const std::string& id,
                           auth::Action action) {
  const auto lesson = schedule::find_lesson(sql, id);
  if (!lesson) return std::unexpected(not_found());
  return auth::permit(who, action, relation_to_lesson(sql, who, *lesson));
}

// The deck of the path, if it is of the path's lesson.
Result<Deck> deck_of_path(soci::session& sql, const std::string& lesson, const std::string& id) {
  auto deck = find_deck(sql, id);
  if (!deck || deck->lesson_id != lesson) return std::unexpected(not_found());
  return std::move(*deck);
}

Result<std::string> format_of(const http::Request& request) {
  for (const auto& format : kFormats) {
    if (!require_type(request, format.media_type)) continue;
    if (std::string_view(format.name) != "pdf" && !office_is_here())
      return fail(ErrorKind::kUnsupportedMediaType, "format-not-supported",
                  sentence_of("format-not-supported"), "Content-Type");
    if (!looks_like(format.name, request.body))
      return fail(ErrorKind::kInvalid, "slides-unreadable", sentence_of("slides-unreadable"));
    return format.name;
  }
  return fail(ErrorKind::kUnsupportedMediaType, "unsupported-media-type",
              "This path takes application/pdf, or what an office suite writes.", "Content-Type");
}

Result<std::string> title_of(const http::Request& request) {
  const std::string given{request.query_parameter("title").value_or("")};
  std::string title = clean_text(given, Lines::kOne);
  if (title.empty()) title = "Slides";
  if (length_of(title) <= kLongestTitle) return title;
  return fail(ErrorKind::kInvalid, "invalid-field", "At most 120 characters.", "title");
}

Answer upload(const Api& api, const Slides& slides, http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  const std::string lesson = request.path_parameter("id");
  auto may = [who = asker->who, lesson](soci::session& sql) -> Result<int64_t> {
    if (auto permitted = permit_lesson(sql, who, lesson, auth::Action::kRunLesson); !permitted)
      return std::unexpected(permitted.error());
    const auto record = schedule::find_lesson(sql, lesson);
    if (record->status == schedule::LessonStatus::kEnded)
      return fail(ErrorKind::kConflict, "lesson-ended", "This lesson is over.");
    return count_decks(sql, lesson);
  };
  const auto there = co_await api.database.read(std::move(may));
  if (!there) co_return std::unexpected(there.error());
  if (*there >= kMostDecks)
    co_return fail(ErrorKind::kConflict, "slides-full", "A lesson has at most 40 decks: delete one.");
  const auto format = format_of(request);
  if (!format) co_return std::unexpected(format.error());
  const auto title = title_of(request);
  if (!title) co_return std::unexpected(title.error());
  if (!slides.workshop.has_room())
    co_return fail(ErrorKind::kUnavailable, "slides-busy", "Many files wait to be converted: try again.");
  Deck deck;
  deck.id = store::new_id("deck");
  deck.lesson_id = lesson;
  deck.title = *title;
  deck.format = *format;
  deck.created_at = asker->now_ms;
  // The file is on the disk before its row is; on a reader's thread, for the disk is slow and the writer has
  // others to serve.
  auto keep = [&files = slides.files, id = deck.id, body = std::move(request.body)](soci::session&) {
    return files.keep_incoming(id, body);
  };
  auto kept = co_await api.database.read(std::move(keep));
  if (!kept) co_return std::unexpected(kept.error());
  auto insert = [deck](soci::session& sql) -> Result<void> {
    insert_deck(sql, deck);
    return {};
  };
  kept = co_await api.database.write(std::move(insert));
  if (!kept) slides.files.drop_incoming(deck.id);
  if (!kept) co_return std::unexpected(kept.error());
  slides.workshop.convert(deck.id);
  slides.lessons.decks_changed(LessonId{lesson});
  auto response = json_response(201, deck_json(deck));
  response.set("Location", request.path + "/" + deck.id);
  co_return response;
}

template <typename Ask>
Answer read_deck(const Api& api, http::Request request, Ask ask) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  auto task = [who = *who, request, ask](soci::session& sql) -> Result<http::Response> {
    const std::string lesson = request.path_parameter("id");
    if (auto may = permit_lesson(sql, who, lesson, auth::Action::kReadLesson); !may)
      return std::unexpected(may.error());
    return ask(sql, lesson, request);
  };
  co_return co_await api.database.read(std::move(task));
}

Result<http::Response> tell_decks(soci::session& sql, const std::string& lesson, const http::Request&) {
  json items = json::array();
  for (const auto& deck : decks_of(sql, lesson))
    items.push_back(deck_json(deck));
  return json_response(200, {{"items", std::move(items)}});
}

Result<http::Response> tell_deck(soci::session& sql, const std::string& lesson,
                                 const http::Request& request) {
  for (const auto& deck : decks_of(sql, lesson))
    if (deck.id == request.path_parameter("deck")) return json_response(200, deck_json(deck));
  return std::unexpected(not_found());
}

std::optional<int64_t> number_of(std::string_view text, int64_t most) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 1 || number > most)
    return std::nullopt;
  return number;
}

Result<http::Response> tell_text(soci::session& sql, const std::string& lesson,
                                 const http::Request& request) {
  const auto deck = deck_of_path(sql, lesson, request.path_parameter("deck"));
  if (!deck) return std::unexpected(deck.error());
  const auto page = number_of(request.path_parameter("page"), kMostPages);
  const auto text = page ? text_of(sql, deck->id, *page) : std::nullopt;
  if (!text) return std::unexpected(not_found());
  return json_response(200, {{"text", clean_text(*text, Lines::kMany)}});
}

// Nothing: the whole is told.
std::optional<http::ByteRange> range_of(const http::Request& request, const std::string& etag, size_t size) {
  const auto header = request.header("range");
  // Of another picture than the client has begun.
  const auto which = request.header("if-range");
  if (!header || (which && *which != etag)) return std::nullopt;
  return http::byte_range_of(*header, size);
}

// The picture never changes under its address: a deck's pages are made once.
http::Response picture_response(const http::Request& request, const PagePicture& picture, std::string bytes) {
  http::Response response;
  const std::string etag = "\"" + picture.hash.substr(0, 32) + "\"";
  response.set("ETag", etag);
  response.set("Cache-Control", "private, max-age=31536000, immutable");
  response.set("Vary", "Authorization");
  response.set("Accept-Ranges", "bytes");
  if (request.header("if-none-match") == etag) {
    response.status = 304;
    return response;
  }
  response.set("Content-Type", "image/" + picture.coding);
  response.set("Content-Security-Policy", "default-src 'none'; sandbox");
  const auto range = range_of(request, etag, bytes.size());
  if (!range) {
    response.body = std::move(bytes);
    return response;
  }
  if (range->first > range->last) {
    response.status = 416;
    response.set("Content-Range", "bytes */" + std::to_string(bytes.size()));
    return response;
  }
  response.status = 206;
  response.set("Content-Range", "bytes " + std::to_string(range->first) + "-" + std::to_string(range->last) +
                                    "/" + std::to_string(bytes.size()));
  response.body = bytes.substr(range->first, range->last - range->first + 1);
  return response;
}

Answer tell_page(const Api& api, const Slides& slides, http::Request request) {
  int64_t width = kWidths.back();
  if (const auto wanted = request.query_parameter("width")) {
    const auto number = number_of(*wanted, 10'000);
    if (!number)
      co_return fail(ErrorKind::kInvalid, "invalid-field", "A width in pixels, from 1 to 10000.", "width");
    width = *number;
  }
  auto ask = [&files = slides.files, width](soci::session& sql, const std::string& lesson,
                                            const http::Request& asked) -> Result<http::Response> {
    const auto deck = deck_of_path(sql, lesson, asked.path_parameter("deck"));
    if (!deck) return std::unexpected(deck.error());
    const auto page = number_of(asked.path_parameter("page"), kMostPages);
    const auto picture = page ? picture_of(sql, deck->id, *page, width) : std::nullopt;
    auto bytes = picture ? files.read_page(picture->hash) : std::nullopt;
    if (!bytes) return std::unexpected(not_found());
    return picture_response(asked, *picture, std::move(*bytes));
  };
  co_return co_await read_deck(api, std::move(request), std::move(ask));
}

Answer remove(const Api& api, const Slides& slides, http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  const std::string lesson = request.path_parameter("id"), id = request.path_parameter("deck");
  auto task = [asker = *asker, lesson, id](soci::session& sql) -> Result<http::Response> {
    if (auto may = permit_lesson(sql, asker.who, lesson, auth::Action::kRunLesson); !may)
      return std::unexpected(may.error());
    const auto deck = deck_of_path(sql, lesson, id);
    if (!deck) return std::unexpected(deck.error());
    delete_deck(sql, id);
    return no_content();
  };
  auto answer = co_await api.database.write(std::move(task));
  if (!answer) co_return std::unexpected(answer.error());
  slides.files.drop_incoming(id);
  slides.workshop.sweep_soon();
  slides.lessons.decks_changed(LessonId{lesson});
  co_return answer;
}

// --- with what was drawn, as a PDF ---

constexpr int kReadAtOnce = 2000;
constexpr int kSharpPages = 60;  // of a longer deck the pictures are smaller
constexpr int kMostExports = 4;  // that wait for each other

// What the lesson drew until now.
lesson::Board board_of(soci::session& sql, const std::string& lesson) {
  lesson::ClassState state;
  for (;;) {
    const auto rows = lesson::class_events_after(sql, lesson, state.last_seq, kReadAtOnce);
    for (const auto& row : rows)
      apply(state, lesson::event_of(row));
    if (rows.size() < kReadAtOnce) return std::move(state.board);
  }
}

struct Exported {
  std::string title;
  std::vector<PageSize> sizes;
  std::vector<PagePicture> pictures;  // of a deck; white pages have none
  lesson::Board board;
};

Result<Exported> gather(soci::session& sql, const std::string& lesson, const std::string& id) {
  Exported all{"", {}, {}, board_of(sql, lesson)};
  if (id == lesson::kWhiteDeck) {
    all.title = "board";
    all.sizes.resize(static_cast<size_t>(all.board.white_pages), {lesson::kWhiteWidth, lesson::kWhiteHeight});
  }
  for (auto& deck : decks_of(sql, lesson)) {
    if (deck.id != id) continue;
    if (deck.state != DeckState::kReady)
      return fail(ErrorKind::kConflict, "slides-not-ready", "These slides are not converted.");
    all.title = deck.title;
    all.sizes = std::move(deck.sizes);
    for (size_t page = 1; page <= all.sizes.size(); ++page)
      all.pictures.push_back(picture_of(sql, id, static_cast<int64_t>(page),
                                        all.sizes.size() <= kSharpPages ? kWidths[2] : kWidths[1])
                                 .value_or(PagePicture{}));
  }
  if (all.sizes.empty()) return std::unexpected(not_found());
  return all;
}

ExportPage page_of(const Exported& all, const std::string& deck, int at, const SlideFiles& files) {
  const auto i = static_cast<size_t>(at);
  ExportPage page{all.sizes[i], {}, {}};
  if (i < all.pictures.size()) {
    const auto bytes = files.read_page(all.pictures[i].hash);
    const auto coding = all.pictures[i].coding == "avif" ? PictureCoding::kAvif : PictureCoding::kWebp;
    if (bytes)
      page.picture = picture::decode_page(
          coding, {reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size()}, kMostPixels);
  }
  for (const auto& ink : all.board.ink_on({deck, at + 1}))
    page.strokes.push_back(ink.stroke);
  return page;
}

boost::asio::awaitable<Result<std::string>> write_pdf(std::shared_ptr<const Exported> all, std::string deck,
                                                      const SlideFiles& files) {
  co_return export_pdf(all->title, static_cast<int>(all->sizes.size()),
                       [&](int at) { return page_of(*all, deck, at, files); });
}

Answer export_deck(const Api& api, const Slides& slides, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  const std::string lesson = request.path_parameter("id"), id = request.path_parameter("deck");
  auto task = [who = *who, lesson, id](soci::session& sql) -> Result<Exported> {
    if (auto may = permit_lesson(sql, who, lesson, auth::Action::kRunLesson); !may)
      return std::unexpected(may.error());
    return gather(sql, lesson, id);
  };
  auto all = co_await api.database.read(std::move(task));
  if (!all) co_return std::unexpected(all.error());
  const std::shared_ptr<void> counted(nullptr, [&](void*) { slides.exporter.waiting.fetch_sub(1); });
  if (slides.exporter.waiting.fetch_add(1) >= kMostExports)
    co_return fail(ErrorKind::kUnavailable, "slides-busy", "Others save their slides just now: try again.");
  auto writing = write_pdf(std::make_shared<const Exported>(std::move(*all)), id, slides.files);
  auto pdf =
      co_await boost::asio::co_spawn(slides.exporter.thread, std::move(writing), boost::asio::use_awaitable);
  if (!pdf) co_return std::unexpected(pdf.error());
  http::Response response;
  response.set("Content-Type", "application/pdf");
  response.set("Content-Disposition", "attachment; filename=\"" + id + ".pdf\"");
  response.set("Cache-Control", "no-store");
  response.body = std::move(*pdf);
  co_return response;
}

}  // namespace

std::vector<http::Route> slide_routes(const Api& api, const Slides& slides) {
  using http::Method;
  const std::string all = "/api/v1/lessons/{id}/slides", deck = all + "/{deck}",
                    page = deck + "/pages/{page}";
  return {
      {Method::kPost, all, [&](http::Request q) { return upload(api, slides, std::move(q)); }, kMostBytes},
      {Method::kGet, all, [&](http::Request q) { return read_deck(api, std::move(q), tell_decks); }},
      {Method::kGet, deck, [&](http::Request q) { return read_deck(api, std::move(q), tell_deck); }},
      {Method::kDelete, deck, [&](http::Request q) { return remove(api, slides, std::move(q)); }},
      {Method::kGet, page, [&](http::Request q) { return tell_page(api, slides, std::move(q)); }},
      {Method::kGet, deck + "/export",
       [&](http::Request q) { return export_deck(api, slides, std::move(q)); }},
      {Method::kGet, page + "/text",
       [&](http::Request q) { return read_deck(api, std::move(q), tell_text); }}};
}

}  // namespace thranio::api
