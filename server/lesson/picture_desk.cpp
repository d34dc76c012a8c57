#include "server/lesson/picture_desk.hpp"

#include <algorithm>

namespace thranio::lesson {
namespace {

constexpr double kLargestDebt = 2.0 * (PictureDesk::kLargestPiece + PictureDesk::kOverhead);
constexpr size_t kNearly = 2 * PictureDesk::kSmallestPiece;  // bytes: a second of the thinnest line
constexpr double kPieceSeconds = 0.3, kOnItsWaySeconds = 0.35;

void put(std::string& out, uint64_t value, int bytes) {
  while (bytes-- > 0)
    out.push_back(static_cast<char>(value >> (8 * bytes)));
}

std::string message(PictureDesk::Slot slot, const Picture& picture, size_t offset, size_t size) {
  std::string out;
  out.reserve(kPictureHeader + size);
  put(out, 1, 1);
  put(out, static_cast<uint64_t>(slot), 1);
  put(out, static_cast<uint64_t>(picture.coding), 1);
  put(out, picture.whole ? 1 : 0, 1);
  put(out, picture.id, 4);
  put(out, picture.bytes.size(), 4);
  put(out, offset, 4);
  for (const auto value :
       {picture.canvas_width, picture.canvas_height, picture.x, picture.y, picture.width, picture.height})
    put(out, value, 2);
  out.append(reinterpret_cast<const char*>(picture.bytes.data()) + offset, size);
  return out;
}

}  // namespace

void PictureDesk::set_line(const PeerId& peer, const ParticipantId& who, const LineState& line,
                           TimePoint now) {
  if (line.rung == Rung::kAll) {
    students_.erase(peer);
    return;
  }
  const auto [at, added] = students_.try_emplace(peer);
  if (added) {
    at->second.who = who;
    at->second.filled_at = now;
  }
  at->second.line = line;
}

void PictureDesk::begin_anew(const PeerId& peer) {
  const auto at = students_.find(peer);
  if (at == students_.end()) return;
  at->second.told = {};
  at->second.gave_up = {};
  at->second.current.reset();
}

void PictureDesk::add(Slot slot, PicturePtr picture) {
  auto& kept = since(slot);
  if (picture->whole) kept.clear();
  if (kept.empty() && !picture->whole) return;  // of a whole that nobody has
  if (kept.size() < kMostSince) kept.push_back(std::move(picture));
}

void PictureDesk::clear(Slot slot) {
  since(slot).clear();
  for (auto& [peer, student] : students_) {
    student.told[static_cast<size_t>(slot)] = 0;
    if (student.slot == slot) student.current.reset();
  }
}

std::vector<PictureDesk::Due> PictureDesk::due(TimePoint now) {
  std::vector<Due> all;
  for (auto& [peer, student] : students_) {
    const double passed = std::chrono::duration<double>(now - student.filled_at).count();
    student.filled_at = now;
    if (student.line.spare >= kLeastSpare)
      student.tokens =
          std::min(kLargestDebt, student.tokens + passed * static_cast<double>(student.line.spare) / 8);
    if (student.waits || !choose(student)) continue;
    const double bytes_a_second = static_cast<double>(student.line.spare) / 8;
    student.piece = std::min(
        std::clamp(static_cast<size_t>(kPieceSeconds * bytes_a_second), kSmallestPiece, kLargestPiece),
        student.current->bytes.size() - student.offset);
    const auto cost = static_cast<double>(student.piece + kOverhead);
    if (student.tokens < cost) continue;
    student.waits = true;
    all.push_back(
        {peer,
         std::make_shared<const std::string>(
             message(student.slot, *student.current, student.offset, student.piece)),
         std::max(kSmallestPiece + kOverhead, static_cast<size_t>(kOnItsWaySeconds * bytes_a_second))});
  }
  return all;
}

void PictureDesk::done(const PeerId& peer, bool sent) {
  const auto at = students_.find(peer);
  if (at == students_.end()) return;
  Student& student = at->second;
  student.waits = false;
  if (!sent || !student.current) return;
  student.tokens -= static_cast<double>(student.piece + kOverhead);
  student.offset += student.piece;
  if (student.offset < student.current->bytes.size()) return;
  const auto slot = static_cast<size_t>(student.slot);
  student.told[slot] = student.current->id;
  student.gave_up[slot] = student.gave_up[slot] && stale(student);
  student.current.reset();
}

// What her rung shows moving needs no still.
bool PictureDesk::shown(const Student& student, Slot slot) const {
  const Rung rung = student.line.rung;
  if (slot == Slot::kScreen) return rung < Rung::kScreen;
  if (rung == Rung::kVoiceLowest && student.line.spare < kFaceSpare) return false;
  return slot == Slot::kFloor ? rung < Rung::kAll && floor_ != student.who : rung < Rung::kSlowPictures;
}

// The whole that what is under way belongs to is not the newest.
bool PictureDesk::stale(const Student& student) const {
  const auto& kept = since(student.slot);
  return !kept.empty() && kept.front()->id > student.current->id;
}

PicturePtr PictureDesk::next(const Student& student, Slot slot) const {
  const auto& kept = since(slot);
  if (kept.empty() || !shown(student, slot)) return nullptr;
  const uint32_t told = student.told[static_cast<size_t>(slot)];
  if (told < kept.front()->id) return kept.front();
  const auto at = std::ranges::find_if(kept, [told](const auto& picture) { return picture->id > told; });
  return at == kept.end() ? nullptr : *at;
}

// The picture that is under way, or the next; false if there is none.
bool PictureDesk::choose(Student& student) const {
  if (student.current) {
    bool& gave_up = student.gave_up[static_cast<size_t>(student.slot)];
    const bool nearly = student.current->bytes.size() - student.offset <= kNearly;
    const bool too_old = stale(student) && !nearly && !gave_up;
    const bool slide_waits = student.slot != Slot::kScreen && next(student, Slot::kScreen);
    if (shown(student, student.slot) && !too_old && !slide_waits) return true;
    gave_up = gave_up || too_old;
  }
  student.offset = 0;
  for (const Slot slot : {Slot::kScreen, Slot::kCamera, Slot::kFloor}) {
    student.slot = slot;
    student.current = next(student, slot);
    if (student.current) return true;
  }
  return false;
}

}  // namespace thranio::lesson
