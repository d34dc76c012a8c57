#include "server/store/database.hpp"

#include <filesystem>
#include <mutex>
#include <stdexcept>

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "pipelines/base/log.hpp"
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

// SQLite's result codes that speak of the machine, not of the task: the caller may try again later.
std::optional<Error> machine_fault(int result) {
  const auto unavailable = [](const char* sentence) {
    return Error{ErrorKind::kUnavailable, "store-unavailable", sentence, "", {}};
  };
  switch (result & 0xff) {  // the low byte is the primary code
    case SQLITE_FULL:
      return unavailable("The server's disk is full.");
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return unavailable("The server's disk takes no writes.");
    case SQLITE_BUSY:
      return unavailable("Another process keeps the database locked.");
    default:
      return std::nullopt;
  }
}

// Begins as a writer at once: a transaction that began by reading could not go on to write once another
// process has written, however long it waits (SQLITE_BUSY_SNAPSHOT).
class WriteTransaction {
 public:
  explicit WriteTransaction(soci::session& session) : session_(session) { session_ << "BEGIN IMMEDIATE"; }
  ~WriteTransaction() {
    if (!open_) return;
    try {
      session_ << "ROLLBACK";
    } catch (const soci::soci_error&) {  // SQLite has rolled back already, as it does on a full disk
    }
  }
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;
  void commit() {
    session_ << "COMMIT";
    open_ = false;
  }

 private:
  soci::session& session_;
  bool open_ = true;
};

}  // namespace

struct Database::Sessions {
  explicit Sessions(const std::string& file) : readers(kReaders) {
    writer.open(soci::sqlite3, "db=" + file + " timeout=10");
    prepare(writer);
    writer << "PRAGMA cache_size=-65536";  // KiB: what an import writes is not read back from the disk at once
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

std::optional<Error> Database::with_session(Access access, const std::function<bool(soci::session&)>& body) {
  try {
    run_in_session(access, body);
    return std::nullopt;
  } catch (const soci::soci_error& fault) {
    // Not what(): it quotes the statement with its values, which are names of people and hashes of tokens.
    const std::string cause = fault.get_error_message();
    const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&fault);
    const auto error = sqlite ? machine_fault(sqlite->result()) : std::nullopt;
    if (!error) throw std::runtime_error("database: " + cause);
    log::error("database refused", {{"cause", cause}});
    return error;
  }
}

void Database::run_in_session(Access access, const std::function<bool(soci::session&)>& body) {
  if (access == Access::kRead) {
    soci::session session(sessions_->readers);
    body(session);
    return;
  }
  const std::lock_guard lock(sessions_->writing);
  WriteTransaction transaction(sessions_->writer);  // rolled back by its destructor unless committed
  if (body(sessions_->writer)) transaction.commit();
}

}  // namespace thranio::store
