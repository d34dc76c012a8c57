#include "server/slides/converter.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include "pipelines/base/log.hpp"
#include "server/slides/page_image.hpp"

namespace thranio::slides {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using End = Ran::End;

constexpr auto kDeckPatience = std::chrono::minutes(30);  // 300 pages at six seconds each
constexpr size_t kMostText = 2UL << 20;                   // bytes of all pages
const std::string kPdf = "page.pdf";

// Why the program did not do it, in words for the log.
const char* words_of(End end) {
  switch (end) {
    case End::kDone:
      return "done";
    case End::kFailed:
      return "failed";
    case End::kTooLong:
      return "took too long";
    case End::kTooMuch:
      return "wrote too much";
    case End::kStopped:
      return "stopped";
  }
  return "";
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::optional<double> number_in(std::string_view text) {
  double number = 0;
  text = trimmed(text);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !std::isfinite(number)) return std::nullopt;
  return number;
}

// "Page    3 size:  612 x 792 pts (letter)" and "Page    3 rot:   90".
struct PageLine {
  int page;
  std::string_view what, value;
};

std::optional<PageLine> page_line(std::string_view line) {
  if (!line.starts_with("Page ")) return std::nullopt;
  line = trimmed(line.substr(5));
  const auto space = line.find(' '), colon = line.find(':');
  if (space == line.npos || colon == line.npos || colon < space) return std::nullopt;
  const auto page = number_in(line.substr(0, space));
  if (!page || *page < 1 || *page > kMostPages) return std::nullopt;
  return PageLine{static_cast<int>(*page), trimmed(line.substr(space, colon - space)),
                  trimmed(line.substr(colon + 1))};
}

// As large as fits, even, whatever the page's own measures are.
PageSize pixels_of(double width, double height) {
  if (!(width > 0) || !(height > 0)) return {kWidths.back(), kWidths.back() * 3 / 4};
  const double scale = std::min(kWidths.back() / width, kMostHeight / height);
  const auto even = [](double pixels) {
    return std::max<int64_t>(16, static_cast<int64_t>(std::lround(pixels / 2)) * 2);
  };
  return {even(width * scale), even(height * scale)};
}

class Conversion {
 public:
  Conversion(const std::string& deck, const std::string& format, const SlideFiles& files, const Sink& sink,
             Stop stop)
      : deck_(deck), format_(format), files_(files), sink_(sink), stop_(stop), work_(files.work(deck)) {}

  Converted run() {
    if (!fetch_pdf()) return outcome();
    const auto info =
        start("pdfinfo", {"-f", "1", "-l", std::to_string(kMostPages + 1), "-enc", "UTF-8", kPdf});
    if (!info) return outcome();
    const Outline outline = outline_of(*info);
    if (!outline.fault.empty()) return failed(outline.fault, *info);
    if (!sink_.counted(static_cast<int>(outline.pages.size()))) return stopped();
    read_texts();
    const auto until = std::chrono::steady_clock::now() + kDeckPatience;
    for (size_t i = 0; i < outline.pages.size(); ++i) {
      const int page = static_cast<int>(i) + 1;
      if (!sink_.wanted(page)) continue;
      if (std::chrono::steady_clock::now() > until) return {Converted::End::kFailed, "slides-too-heavy"};
      if (!draw(page, outline.pages[i])) return outcome();
    }
    return {};
  }

 private:
  Converted stopped() const { return {Converted::End::kStopped, ""}; }
  Converted outcome() const {
    return reason_.empty() ? stopped() : Converted{Converted::End::kFailed, reason_};
  }

  Converted failed(const std::string& reason, const Ran& ran) {
    log::info("slides: not converted", {{"deck", deck_}, {"reason", reason}, {"complaint", ran.complaint}});
    return {Converted::End::kFailed, reason};
  }

  bool fail_with(const std::string& reason) {
    reason_ = reason;
    return false;
  }

  // Nothing if all shall stop, or the program could not be started.
  std::optional<Ran> start(const std::string& program, std::vector<std::string> arguments,
                           Limits limits = {}) {
    arguments.insert(arguments.begin(), "/usr/bin/" + program);
    auto ran = run_walled(arguments, work_.folder(), limits, stop_);
    if (!ran) {
      reason_ = "internal-error";
      return std::nullopt;
    }
    if (ran->end == End::kStopped) return std::nullopt;
    if (ran->end != End::kDone)
      log::info("slides: a program did not do its work", {{"deck", deck_},
                                                          {"program", program},
                                                          {"end", words_of(ran->end)},
                                                          {"complaint", ran->complaint}});
    return std::move(*ran);
  }

  // The document in the work folder as a PDF.
  bool fetch_pdf() {
    std::error_code fault;
    const auto source = work_.folder() / (format_ == "pdf" ? kPdf : "page." + format_);
    fs::copy_file(files_.incoming(deck_), source, fault);
    if (fault) return fail_with("slides-unreadable");
    if (format_ == "pdf") return true;
    if (!office_is_here()) return fail_with("format-not-supported");
    Limits limits;
    limits.memory = 4096ULL << 20;  // it maps all of its libraries
    limits.cpu = seconds(120);
    limits.patience = seconds(240);
    limits.open_files = 512;
    limits.children = true;
    const auto ran = start("soffice",
                           {"--headless", "--norestore", "--safe-mode", "--convert-to", "pdf", "--outdir",
                            work_.folder(), source},
                           limits);
    if (!ran) return false;
    if (ran->end == End::kTooLong || ran->end == End::kTooMuch) return fail_with("slides-too-heavy");
    return fs::exists(work_.folder() / kPdf, fault) || fail_with("slides-unreadable");
  }

  // What is written on the pages; a document whose text cannot be read is still one that can be seen.
  void read_texts() {
    Limits limits;
    limits.output = kMostText;
    limits.cpu = seconds(10);
    const auto ran =
        start("pdftotext", {"-q", "-enc", "UTF-8", "-l", std::to_string(kMostPages), kPdf, "-"}, limits);
    if (!ran || ran->end == End::kTooLong) return;
    std::string_view rest = ran->output;
    while (!rest.empty()) {
      const auto end = rest.find('\f');
      texts_.emplace_back(rest.substr(0, std::min(end, kTextKept)));
      if (end == rest.npos) break;
      rest.remove_prefix(end + 1);
    }
  }

  bool draw(int page, const PageSize& size) {
    const std::string number = std::to_string(page);
    const auto ran = start(
        "pdftocairo", {"-q", "-png", "-singlefile", "-cropbox", "-f", number, "-l", number, "-scale-to-x",
                       std::to_string(size.width), "-scale-to-y", std::to_string(size.height), kPdf, "page"});
    if (!ran) return false;
    if (ran->end == End::kTooLong || ran->end == End::kTooMuch) return fail_with("slides-too-heavy");
    const auto drawn = work_.folder() / "page.png";
    const auto image = read(drawn);
    std::error_code ignored;
    fs::remove(drawn, ignored);
    if (!image) return fail_with(out_of_memory(*ran) ? "slides-too-heavy" : "slides-unreadable");
    return keep(page, *image);
  }

  static bool out_of_memory(const Ran& ran) {
    return ran.complaint.find("emory") != std::string::npos ||
           ran.complaint.find("bad_alloc") != std::string::npos;
  }

  static std::optional<picture::Page> read(const fs::path& path) {
    // Through no link that the program may have left in its place.
    std::error_code fault;
    if (!fs::is_regular_file(fs::symlink_status(path, fault))) return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    return read_png(std::string(std::istreambuf_iterator<char>(file), {}), kMostPixels);
  }

  bool keep(int page, const picture::Page& image) {
    std::vector<PagePicture> pictures;
    for (const int width : kWidths) {
      const auto coded = picture::code_page(picture::smaller(image, width));
      const auto hash = files_.keep_page(coded.bytes);
      if (!hash) return fail_with("internal-error");
      pictures.push_back({width, coded.coding == PictureCoding::kAvif ? "avif" : "webp", *hash,
                          static_cast<int64_t>(coded.bytes.size())});
    }
    const size_t at = static_cast<size_t>(page) - 1;
    return sink_.page(page, {image.width, image.height}, at < texts_.size() ? texts_[at] : "", pictures);
  }

  const std::string deck_, format_;
  const SlideFiles& files_;
  const Sink& sink_;
  const Stop stop_;
  const SlideFiles::Work work_;
  std::vector<std::string> texts_;
  std::string reason_;  // why it failed; '': it was stopped
};

}  // namespace

Outline outline_of(const Ran& pdfinfo) {
  if (pdfinfo.end == End::kTooLong || pdfinfo.end == End::kTooMuch) return {"slides-too-heavy", {}};
  // Asked for the first page of a document that has none, it says so.
  if (pdfinfo.complaint.find("last page (0)") != std::string::npos) return {"slides-empty", {}};
  if (pdfinfo.end != End::kDone)
    return {pdfinfo.complaint.find("assword") != std::string::npos ? "slides-encrypted" : "slides-unreadable",
            {}};
  struct Measure {
    double width = 0, height = 0;
    bool turned = false;
  };
  std::map<int, Measure> measures;
  std::optional<double> pages;
  std::string_view rest = pdfinfo.output;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.starts_with("Pages:")) pages = number_in(line.substr(6));
    const auto told = page_line(line);
    if (!told) continue;
    auto& measure = measures[told->page];
    if (told->what == "rot") measure.turned = told->value == "90" || told->value == "270";
    if (told->what != "size") continue;
    const auto by = told->value.find(" x ");
    if (by == told->value.npos) continue;
    measure.width = number_in(told->value.substr(0, by)).value_or(0);
    measure.height = number_in(told->value.substr(by + 3)).value_or(0);
  }
  if (!pages) return {"slides-unreadable", {}};
  if (*pages < 1) return {"slides-empty", {}};
  if (*pages > kMostPages) return {"slides-too-many-pages", {}};
  Outline outline;
  for (int page = 1; page <= static_cast<int>(*pages); ++page) {
    const auto& m = measures[page];
    outline.pages.push_back(m.turned ? pixels_of(m.height, m.width) : pixels_of(m.width, m.height));
  }
  return outline;
}

bool looks_like(const std::string& format, std::string_view bytes) {
  // ISO 32000-1 annex H: a header may stand anywhere in the first kilobyte.
  if (format == "pdf") return bytes.substr(0, 1024).find("%PDF-") != bytes.npos;
  if (format == "ppt") return bytes.starts_with("\xd0\xcf\x11\xe0");
  return bytes.starts_with("PK\x03\x04");
}

bool office_is_here() {
  std::error_code fault;
  return fs::exists("/usr/bin/soffice", fault);
}

Converted convert(const std::string& deck, const std::string& format, const SlideFiles& files,
                  const Sink& sink, Stop stop) {
  return Conversion(deck, format, files, sink, stop).run();
}

}  // namespace thranio::slides
