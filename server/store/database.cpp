#include "server/store/database.hpp"

#include <filesystem>
#include <mutex>
#include <stdexcept>

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "server/store/migrator.hpp"

namespace thranio::store {
namespace {

constexpr size_t kReaders = 2;

void prepare(soci::session& session) {
  // FULL: an acknowledged write survives a crash of the machine, not only of the process.
  for (const char* pragma : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON",
                             "PRAGMA busy_timeout=10000"})
    session << pragma;
}

}  // namespace

struct Database::Sessions {
  explicit Sessions(const std::string& file) : readers(kReaders) {
    writer.open(soci::sqlite3, "db=" + file + " timeout=10");
    prepare(writer);
    migrate(writer);
    for (size_t i = 0; i < kReaders; ++i) {
      readers.at(i).open(soci::sqlite3, "db=" + file + " timeout=10");
      prepare(readers.at(i));
    }
  }

  std::mutex writing;  // write_now beside the writer thread
  soci::session writer;
  soci::connection_pool readers;
};

Database::Database(const std::string& directory) {
  try {
    std::filesystem::create_directories(directory);
    // What is in it is about children: nobody else on this machine reads it.
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
    sessions_ = std::make_unique<Sessions>((std::filesystem::path(directory) / "thranio.db").string());
  } catch (const std::exception& fault) {
    throw std::runtime_error("database in " + directory + ": " + fault.what());
  }
}

Database::~Database() {
  writer_.join();
  readers_.join();
}

void Database::with_session(Access access, const std::function<bool(soci::session&)>& body) {
  if (access == Access::kRead) {
    soci::session session(sessions_->readers);
    body(session);
    return;
  }
  const std::lock_guard lock(sessions_->writing);
  soci::transaction transaction(sessions_->writer);  // rolled back by its destructor unless committed
  if (body(sessions_->writer)) transaction.commit();
}

}  // namespace thranio::store
