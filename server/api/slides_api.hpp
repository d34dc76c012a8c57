// Slides over REST: a file comes in and is converted in the background, its pages go out as pictures, and all
// with what was drawn as a PDF. Way: router → [slides_api] → slides/, lesson. Thread: any; PDFs: a thread of
// their own.
#pragma once

#include <atomic>
#include <vector>

#include <boost/asio/thread_pool.hpp>

#include "server/api/rest.hpp"

namespace thranio::lesson {
class Lessons;
}
namespace thranio::slides {
class SlideFiles;
class Workshop;
}  // namespace thranio::slides

namespace thranio::api {

// Writes PDFs one after the other: each takes seconds. Bound: slides_api lets few wait.
struct Exporter {
  boost::asio::thread_pool thread{1};
  std::atomic<int> waiting{0};
};

// What the routes need; all outlive the router.
struct Slides {
  const slides::SlideFiles& files;
  slides::Workshop& workshop;
  lesson::Lessons& lessons;
  Exporter& exporter;
};
std::vector<http::Route> slide_routes(const Api& api, const Slides& slides);

}  // namespace thranio::api
