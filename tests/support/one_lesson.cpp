#include "tests/support/one_lesson.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace thranio::test {

using namespace std::chrono_literals;
using pipelines::PeerEvent;

OneLesson::OneLesson(unsigned workers) {
  pipelines::MediaPlaneSettings settings;
  settings.listen_address = "127.0.0.1";
  settings.port = 0;
  settings.workers = workers;
  plane_ = pipelines::MediaPlane::start(settings);
  lesson_ = plane_->create_lesson(LessonId{"l_test"}, [events = events_](PeerEvent event) {
    const std::lock_guard lock(events->mutex);
    events->seen.push_back(std::move(event));
  });
}

Exchange OneLesson::whip(pipelines::Source source, pipelines::PublishTerms terms) {
  return [this, source, terms](const std::string& offer) -> Result<std::string> {
    auto answer = lesson_->publish(source, offer, terms);
    if (!answer) return std::unexpected(answer.error());
    last_ = *answer;
    return answer->sdp;
  };
}

Exchange OneLesson::whep(ParticipantId owner) {
  return [this, owner](const std::string& offer) -> Result<std::string> {
    auto answer = lesson_->subscribe(offer, owner);
    if (!answer) return std::unexpected(answer.error());
    last_ = *answer;
    return answer->sdp;
  };
}

uint64_t OneLesson::metric(const std::string& name) const {
  std::istringstream text(plane_->metrics());
  uint64_t sum = 0;
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with(name)) continue;
    const char next = line.size() > name.size() ? line[name.size()] : ' ';
    if (next != '{' && next != ' ' && next != '}' && next != ',') continue;
    sum += std::stoull(line.substr(line.rfind(' ') + 1));
  }
  return sum;
}

bool OneLesson::saw(PeerEvent::Kind kind, const PeerId& peer) const {
  const std::lock_guard lock(events_->mutex);
  return std::ranges::any_of(
      events_->seen, [&](const PeerEvent& event) { return event.kind == kind && event.peer == peer; });
}

std::optional<std::vector<std::string>> OneLesson::layers_needed(const PeerId& publisher) const {
  const std::lock_guard lock(events_->mutex);
  for (auto event = events_->seen.rbegin(); event != events_->seen.rend(); ++event)
    if (event->kind == PeerEvent::Kind::kLayers && event->peer == publisher) return event->layers;
  return std::nullopt;
}

void OneLesson::connect(std::initializer_list<MediaPeer*> peers) {
  for (auto* peer : peers) {
    const bool publishes = dynamic_cast<TestTeacher*>(peer) != nullptr;
    if (const auto joined = peer->join(publishes ? whip() : whep()); !joined)
      throw std::runtime_error("join refused: " + joined.error().detail);
  }
  const auto connected = [](const MediaPeer* peer) { return peer->connected(); };
  if (!loop_.run_until([&] { return std::ranges::all_of(peers, connected); }, 20s))
    throw std::runtime_error("a peer did not connect within 20 s");
}

}  // namespace thranio::test
