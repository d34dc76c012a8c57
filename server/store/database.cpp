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
    writer << "PRAGMA cache_size=-" + std::to_string(kWriterCacheKiB);
    migrate(writer);
    for (size_t i = 0; i < kReaders; ++i) {
      readers.at(i).open(soci::sqlite3, "db=" + file + " timeout=10");
      prepare(readers.at(i));
      reading.push_back(std::make_unique<Connection>(readers.at(i)));
    }
    writing_statements = std::make_unique<Connection>(writer);
  }

  std::mutex writing;  // write_now beside the writer thread
  soci::session writer;
  soci::connection_pool readers;
  // End before the sessions that they are of.
  std::unique_ptr<Connection> writing_statements;
  std::vector<std::unique_ptr<Connection>> reading;
};

// A reader's session, for the one task: all that it asks, it asks of the same state, and the file is locked
// once.
class Database::Lease {
 public:
  explicit Lease(Sessions& sessions)
      : sessions_(sessions), place_(sessions.readers.lease()), use_(*sessions.reading[place_]) {
    try {
      store::run(session(), "BEGIN");
    } catch (...) {
      sessions_.readers.give_back(place_);
      throw;
    }
  }
  ~Lease() {
    try {
      store::run(session(), "COMMIT");
    } catch (const soci::soci_error&) {  // an I/O error has ended it
    }
    sessions_.readers.give_back(place_);
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  soci::session& session() const { return sessions_.readers.at(place_); }
  Connection& statements() const { return *sessions_.reading[place_]; }

 private:
  Sessions& sessions_;
  const size_t place_;
  const Connection::Use use_;
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

std::optional<Error> Database::with_session(Access access, const std::function<bool(soci::session&)>& body,
                                            Sight* sight) {
  try {
    run_in_session(access, body, sight);
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

uint64_t Database::times_written(Tables tables, bool but_inserts) const {
  uint64_t times = 0;
  for (size_t i = 0; i < changed_.size(); ++i)
    if (tables >> i & 1)
      times += changed_[i].load(std::memory_order_acquire) +
               (but_inserts ? 0 : added_[i].load(std::memory_order_acquire));
  return times;
}

bool Database::fresh(const Sight& sight) const {
  return times_written(sight.tables, sight.but_inserts) == sight.written;
}

void Database::run_in_session(Access access, const std::function<bool(soci::session&)>& body, Sight* sight) {
  if (access == Access::kRead) {
    const Lease lease(*sessions_);
    if (!sight) {
      body(lease.session());
      return;
    }
    // Counted before it reads: what is written meanwhile ages what it saw, whether it saw it or not.
    std::array<uint64_t, 64> before{};
    for (size_t i = 0; i < before.size(); ++i)
      before[i] = changed_[i].load(std::memory_order_acquire) +
                  (sight->but_inserts ? 0 : added_[i].load(std::memory_order_acquire));
    body(lease.session());
    sight->tables = lease.statements().touched.read;
    sight->written = 0;
    for (size_t i = 0; i < before.size(); ++i)
      if (sight->tables >> i & 1) sight->written += before[i];
    return;
  }
  const std::lock_guard lock(sessions_->writing);
  auto& statements = *sessions_->writing_statements;
  const Connection::Use use(statements);
  WriteTransaction transaction(sessions_->writer);  // rolled back by its destructor unless committed
  if (!body(sessions_->writer)) return;
  transaction.commit();
  for (size_t i = 0; i < changed_.size(); ++i) {
    if (statements.touched.inserted >> i & 1) added_[i].fetch_add(1, std::memory_order_release);
    if (statements.touched.changed >> i & 1) changed_[i].fetch_add(1, std::memory_order_release);
  }
}

}  // namespace thranio::store
