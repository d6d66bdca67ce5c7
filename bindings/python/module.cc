// SPDX-License-Identifier: BSD-3-Clause
//
// The compiled part of the module tstat: what the files in tstat/ make the public one of.
#include <pybind11/functional.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow_stream.h"
#include "columns.h"
#include "engine.h"
#include "log_rows.h"
#include "schema/mapped_address.h"
#include "schema/row_tables.h"
#include "session_setup.h"
#include "table_names.h"
#include "tstat/codes.h"
#include "tstat/version.h"

namespace py = pybind11;

namespace tstat::python {
namespace {

using SharedColumns = std::shared_ptr<Columns>;

// ---- columns ----

py::dtype TypeOf(const ColumnData& column) {
  const std::string size = std::to_string(column.element_size());
  switch (column.info().type.kind) {
    case ColumnKind::kUnsigned:
    case ColumnKind::kEnumeration:
    case ColumnKind::kBitSet:
      return py::dtype("u" + size);
    case ColumnKind::kSigned:
      return py::dtype("i" + size);
    case ColumnKind::kReal:
      return py::dtype("f8");
    case ColumnKind::kBoolean:
      return py::dtype("?");
    case ColumnKind::kTimestamp:
      return py::dtype("M8[ns]");
    case ColumnKind::kDuration:
      return py::dtype("m8[ns]");
    case ColumnKind::kAddress:
      return py::dtype("V16");
    case ColumnKind::kText:
      return py::dtype("u1");
  }
  return py::dtype("u1");
}

// Memory of `owner`, which lives as long as the array does.
py::array View(const SharedColumns& owner, const py::dtype& type, size_t count, const void* data) {
  py::array array(type, {count}, {type.itemsize()}, data, py::cast(owner));
  array.attr("flags").attr("writeable") = false;
  return array;
}

const ColumnData& ColumnAt(const SharedColumns& columns, size_t index) {
  if (index >= columns->data.size()) throw py::index_error("no such column");
  return columns->data[index];
}

py::array ArrayOf(const SharedColumns& columns, size_t index) {
  const ColumnData& column = ColumnAt(columns, index);
  const size_t count = column.element_size() == 0 ? column.bytes().size() : column.rows();
  return View(columns, TypeOf(column), count, column.bytes().data());
}

py::array ValidOf(const SharedColumns& columns, size_t index) {
  const ColumnData& column = ColumnAt(columns, index);
  return View(columns, py::dtype("?"), column.rows(), column.valid().data());
}

py::array OffsetsOf(const SharedColumns& columns, size_t index) {
  const ColumnData& column = ColumnAt(columns, index);
  return View(columns, py::dtype("u8"), column.text_offsets().size(), column.text_offsets().data());
}

py::array NumbersOf(const SharedColumns& columns, const std::vector<uint64_t>& numbers) {
  return View(columns, py::dtype("u8"), numbers.size(), numbers.data());
}

void RequireTexts(const ColumnData& column) {
  if (column.info().type.kind != ColumnKind::kText &&
      column.info().type.kind != ColumnKind::kAddress) {
    throw py::type_error(column.info().Name() + ": is neither text nor address");
  }
}

py::tuple TextCodesOf(const SharedColumns& columns, size_t index) {
  const ColumnData& column = ColumnAt(columns, index);
  RequireTexts(column);
  auto made = std::make_unique<TextCodes>();
  {
    const py::gil_scoped_release unlocked;
    *made = CodesOfTexts(column);
  }
  py::list texts(made->texts.size());
  for (size_t i = 0; i < made->texts.size(); ++i) texts[i] = py::str(made->texts[i]);
  auto* const codes = made.release();
  const py::capsule owner(codes, [](void* memory) { delete static_cast<TextCodes*>(memory); });
  return py::make_tuple(py::array(py::dtype("i4"), {codes->codes.size()}, {sizeof(int32_t)},
                                  codes->codes.data(), owner),
                        std::move(texts));
}

// A list of str and None.
py::list TextsOf(const SharedColumns& columns, size_t index, size_t begin, size_t end) {
  const ColumnData& column = ColumnAt(columns, index);
  RequireTexts(column);
  end = std::min(end, column.rows());
  py::list texts;
  for (size_t row = begin; row < end; ++row) {
    if (column.valid()[row] == 0) {
      texts.append(py::none());
    } else if (column.element_size() == 0) {
      texts.append(py::str(Readable(column.text(row))));
    } else {
      texts.append(py::str(AddressText(column.bytes().data() + row * column.element_size())));
    }
  }
  return texts;
}

// By Arrow's PyCapsule interface: a consumer takes what is inside; else it goes with the capsule.
py::object ArrowStreamOf(const SharedColumns& columns, std::vector<size_t> selected,
                         bool durations_as_numbers) {
  constexpr const char* kName = "arrow_array_stream";
  ArrowArrayStream* const stream = MakeArrowStream(
      columns, {.selected = std::move(selected), .durations_as_numbers = durations_as_numbers});
  PyObject* const capsule = PyCapsule_New(stream, kName, [](PyObject* made) {
    auto* const held = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(made, kName));
    if (held == nullptr) return;
    if (held->release != nullptr) held->release(held);
    delete held;
  });
  if (capsule == nullptr) {
    stream->release(stream);
    delete stream;
    throw py::error_already_set();
  }
  return py::reinterpret_steal<py::object>(capsule);
}

py::object OriginsOf(const SharedColumns& columns, const std::vector<uint64_t>& numbers) {
  if (numbers.size() != columns->rows) return py::none();  // of a log
  return View(columns, py::dtype("u8"), numbers.size(), numbers.data());
}

// ---- the schema ----

py::str Text(std::string_view text) { return {text.data(), text.size()}; }

// Those that may have it, with whatever options.
py::list Profiles(const std::vector<const RowTable*>& tables, const Presence* column) {
  CompatProfile none = CompatProfile::None();
  none.label_column = none.first_packet_columns = none.ndpi_column = true;
  const std::pair<const char*, CompatProfile> profiles[] = {
      {"3.1.1", CompatProfile::Tstat311()}, {"3.3", CompatProfile::Tstat33()}, {"none", none}};
  py::list names;
  for (const auto& [name, profile] : profiles) {
    for (const RowTable* const table : tables) {
      if (!table->presence.In(profile) || (column != nullptr && !column->In(profile))) continue;
      names.append(name);
      break;
    }
  }
  return names;
}

py::dict DescribeColumn(const TableColumn& column) {
  constexpr const char* kKinds[] = {"unsigned", "signed", "real",    "bool", "enum",
                                    "bits",     "text",   "address", "time", "duration"};
  constexpr const char* kSides[] = {"flow", "client", "server"};
  const ColumnInfo& info = column.column->info;
  py::list codes;
  if (info.type.codes != nullptr) {
    for (const Code& code : info.type.codes->codes) {
      codes.append(py::make_tuple(code.value, Text(code.name), Text(code.meaning)));
    }
  }
  py::dict dict;
  dict["name"] = column.name;
  dict["label"] = Text(column.column->name);
  dict["kind"] = kKinds[static_cast<size_t>(info.type.kind)];
  dict["type"] = Text(info.type.Name());
  dict["unit"] = Text(info.unit);
  dict["absent"] = Text(info.absent);
  dict["privacy"] = Text(PrivacyName(info.privacy));
  dict["side"] = kSides[static_cast<size_t>(info.side)];
  dict["description"] = Text(info.description);
  dict["codes"] = codes;
  dict["profiles"] = Profiles(column.tables, &info.presence);
  return dict;
}

py::dict DescribeTable(const std::string& name) {
  const std::vector<const RowTable*> tables = TablesOf(name);
  if (tables.empty()) throw py::key_error(name + ": no table has this name");
  std::vector<std::string> logs;
  for (const RowTable* const table : tables) logs.emplace_back(table->log);
  py::list columns;
  for (const TableColumn& column : ColumnsOf(name)) columns.append(DescribeColumn(column));
  py::dict dict;
  dict["name"] = name;
  dict["log"] = logs.front();
  dict["description"] = Text(tstat::internal::RowTextOf(*tables.front()).info.description);
  dict["columns"] = columns;
  dict["profiles"] = Profiles(tables, nullptr);
  return dict;
}

py::list ListTables() {
  py::list names;
  for (const TableName& table : TableNames()) names.append(Text(table.name));
  return names;
}

py::list ListOptions() {
  py::list options;
  for (const tstat::internal::OptionTexts& option : tstat::internal::SessionOptionTable()) {
    options.append(py::make_tuple(option.name, option.placeholder, option.help));
  }
  return options;
}

// ---- packets ----

Packet PacketOf(int64_t ns, std::string_view bytes, int link_type, uint32_t original_length,
                int origin) {
  if (link_type < 0 || link_type > std::numeric_limits<uint16_t>::max()) {
    throw py::value_error("link_type: 0 to 65535 are allowed");
  }
  if (origin < 0 || origin > static_cast<int>(PacketOrigin::kExternalBoth)) {
    throw py::value_error("origin: 0 to 4 are allowed");
  }
  Packet packet;
  // Microseconds count, rounded down, as with the readers of traces.
  packet.time = Timestamp::FromMicroseconds(ns / 1000 - (ns % 1000 < 0 ? 1 : 0));
  packet.data = {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
  packet.original_length =
      original_length != 0 ? original_length : static_cast<uint32_t>(bytes.size());
  packet.link_type = static_cast<LinkType>(link_type);
  packet.origin = static_cast<PacketOrigin>(origin);
  return packet;
}

// Nanoseconds of a time in microseconds; None: it is no number.
py::object Nanoseconds(double us) {
  if (std::isnan(us)) return py::none();
  return py::int_(static_cast<int64_t>(std::llround(us * 1000)));
}

py::dict DictOf(const SegmentVerdict& verdict) {
  constexpr const char* kCauses[] = {"", "rto", "fs", "reor", "dup", "fc", "unrto", "unfs", "unk"};
  constexpr const char* kRules[] = {
      "window probe", "as neighbour",      "same IP id", "acknowledgments",
      "time-out",     "within round trip", "none"};
  py::dict dict;
  dict["cause"] = kCauses[static_cast<size_t>(verdict.cause)];
  dict["rule"] = kRules[static_cast<size_t>(verdict.rule)];
  dict["repeats"] = verdict.repeats;
  dict["acknowledged"] = verdict.acknowledged;
  dict["has_predecessor"] = verdict.has_predecessor;
  dict["has_round_trips"] = verdict.has_round_trips;
  dict["length"] = verdict.length;
  dict["predecessor_acks"] = verdict.predecessor_acks;
  const bool has_recovery = verdict.repeats || verdict.has_predecessor;
  dict["recovery"] = has_recovery ? Nanoseconds(verdict.recovery_us) : py::none();
  dict["since_next"] = verdict.repeats ? py::none() : Nanoseconds(verdict.since_next_us);
  dict["mean_round_trip"] = Nanoseconds(verdict.mean_round_trip_us);
  dict["time_out"] = Nanoseconds(verdict.time_out_us);
  dict["smallest_round_trip"] = Nanoseconds(verdict.smallest_round_trip_us);
  return dict;
}

py::dict DictOf(const TcpFlowMoment& tcp, const std::vector<SegmentVerdict>& verdicts) {
  py::list told;
  for (const SegmentVerdict& verdict : verdicts) told.append(DictOf(verdict));
  py::dict dict;
  dict["flags"] = tcp.flags;
  dict["sequence"] = tcp.sequence;
  dict["acknowledgment"] = tcp.acknowledgment;
  dict["payload_length"] = tcp.payload_length;
  dict["window"] = tcp.window.has_value() ? py::cast(*tcp.window) : py::none();
  dict["round_trip"] = tcp.round_trip_us.has_value() ? Nanoseconds(*tcp.round_trip_us) : py::none();
  dict["is_retransmitted"] = tcp.is_retransmitted;
  dict["is_out_of_order"] = tcp.is_out_of_order;
  dict["retransmitted_bytes"] = tcp.retransmitted_bytes;
  dict["connection_type"] = tcp.connection_type;
  dict["verdicts"] = told;
  return dict;
}

py::dict DictOf(const PacketSink::Kept& kept) {
  const FlowPacket& packet = kept.packet;
  py::dict dict;
  dict["number"] = packet.order.packet;
  dict["time"] = packet.time.nanoseconds();
  dict["data"] = py::bytes(kept.bytes);
  dict["transport"] = kept.transport.has_value()
                          ? py::bytes(kept.bytes.data() + *kept.transport, kept.transport_length)
                          : py::bytes();
  dict["ip_length"] = packet.ip_length;
  dict["result"] = static_cast<int>(packet.result);
  const bool is_measured = packet.tcp.has_value() || packet.udp.has_value();
  dict["protocol"] = !is_measured ? py::none() : py::cast(packet.tcp.has_value() ? "tcp" : "udp");
  dict["flow_number"] = packet.flow_number;
  dict["from_client"] = packet.direction == Direction::kClientToServer;
  dict["client"] = kept.has_flow
                       ? py::cast(AddressText(internal::MappedAddress(kept.client).data()))
                       : py::none();
  dict["server"] = kept.has_flow
                       ? py::cast(AddressText(internal::MappedAddress(kept.server).data()))
                       : py::none();
  dict["client_port"] = kept.client_port;
  dict["server_port"] = kept.server_port;
  dict["tcp"] = py::none();
  if (packet.tcp.has_value()) dict["tcp"] = DictOf(*packet.tcp, kept.verdicts);
  dict["udp_type"] = packet.udp.has_value()
                         ? py::cast(static_cast<int>(packet.udp->of(packet.direction).type))
                         : py::none();
  return dict;
}

py::list TakePackets(Engine& engine) {
  py::list packets;
  for (const PacketSink::Kept& kept : engine.TakePackets()) packets.append(DictOf(kept));
  return packets;
}

int FeedOne(Engine& engine, int64_t ns, const py::buffer& data, int link_type,
            uint32_t original_length, int origin) {
  const py::buffer_info info = data.request();
  const std::string_view bytes(static_cast<const char*>(info.ptr),
                               static_cast<size_t>(info.size * info.itemsize));
  return engine.Feed(PacketOf(ns, bytes, link_type, original_length, origin));
}

using Numbers = py::array_t<int64_t, py::array::c_style | py::array::forcecast>;

// `data` holds all packets; packet i is its bytes from offsets[i] up to offsets[i + 1].
void FeedArrays(Engine& engine, const Numbers& times, const py::buffer& data,
                const Numbers& offsets, const Numbers& lengths, int link_type, int origin) {
  const py::buffer_info info = data.request();
  const std::string_view bytes(static_cast<const char*>(info.ptr),
                               static_cast<size_t>(info.size * info.itemsize));
  const auto count = static_cast<size_t>(times.size());
  if (static_cast<size_t>(offsets.size()) != count + 1) {
    throw py::value_error("offsets: one more than there are times");
  }
  if (lengths.size() != 0 && static_cast<size_t>(lengths.size()) != count) {
    throw py::value_error("original_lengths: as many as there are times");
  }
  std::vector<Packet> packets;
  packets.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const int64_t begin = offsets.data()[i], end = offsets.data()[i + 1];
    if (begin < 0 || end < begin || static_cast<uint64_t>(end) > bytes.size()) {
      throw py::value_error("offsets: packet " + std::to_string(i) + " is not within the data");
    }
    const auto size = static_cast<size_t>(end - begin);
    const auto length = lengths.size() != 0 ? static_cast<uint32_t>(lengths.data()[i]) : 0;
    packets.push_back(PacketOf(times.data()[i], bytes.substr(static_cast<size_t>(begin), size),
                               link_type, length, origin));
  }
  engine.FeedMany(packets);
}

// ---- logs ----

std::vector<SharedColumns> NextOfLog(LogRows& rows) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point next_look = Clock::now();
  bool interrupted = false;
  bool more = false;
  {
    const py::gil_scoped_release unlocked;
    more = rows.Next([&] {
      if (Clock::now() < next_look) return true;
      next_look = Clock::now() + std::chrono::milliseconds(50);
      const py::gil_scoped_acquire lock;
      interrupted = PyErr_CheckSignals() != 0;
      return !interrupted;
    });
  }
  if (interrupted) throw py::error_already_set();
  return more ? rows.Take() : std::vector<SharedColumns>();
}

Engine::Settings SettingsOf(std::vector<std::pair<std::string, std::string>> options,
                            std::vector<std::pair<std::string, std::string>> keys,
                            std::optional<std::string> networks, std::vector<std::string> tables,
                            size_t chunk_rows) {
  return {.options = std::move(options),
          .keys = std::move(keys),
          .networks = std::move(networks),
          .tables = std::move(tables),
          .chunk_rows = chunk_rows};
}

void TranslateStatus(std::exception_ptr pointer) {
  try {
    if (pointer) std::rethrow_exception(pointer);
  } catch (const StatusError& error) {
    const py::object made = py::module_::import("tstat._errors")
                                .attr("make")(absl::StatusCodeToString(error.status().code()),
                                              Readable(std::string(error.status().message())));
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(made.ptr())), made.ptr());
  }
}

void AddColumns(py::module_& module) {
  py::class_<Columns, SharedColumns>(module, "Columns")
      .def_readonly("name", &Columns::name)
      .def_readonly("rows", &Columns::rows)
      .def_readonly("names", &Columns::names)
      .def_property_readonly("files", [](const SharedColumns& c) { return NumbersOf(c, c->files); })
      .def_property_readonly("lines", [](const SharedColumns& c) { return NumbersOf(c, c->lines); })
      .def("absent", [](const SharedColumns& c, size_t i) { return ColumnAt(c, i).absent(); })
      .def_property_readonly(
          "flow_numbers",
          [](const SharedColumns& columns) { return OriginsOf(columns, columns->flow_numbers); })
      .def_property_readonly(
          "packet_numbers",
          [](const SharedColumns& columns) { return OriginsOf(columns, columns->packet_numbers); })
      .def("array", &ArrayOf)
      .def("valid", &ValidOf)
      .def("offsets", &OffsetsOf)
      .def("text_codes", &TextCodesOf)
      .def("texts", &TextsOf)
      .def("arrow_stream", &ArrowStreamOf, py::arg("selected") = std::vector<size_t>(),
           py::arg("durations_as_numbers") = false);
}

void AddEngine(py::module_& module) {
  py::class_<Engine>(module, "Engine")
      .def(py::init([](std::vector<std::pair<std::string, std::string>> options,
                       std::vector<std::pair<std::string, std::string>> keys,
                       std::optional<std::string> networks, std::vector<std::string> tables,
                       size_t chunk_rows) {
        return std::make_unique<Engine>(SettingsOf(std::move(options), std::move(keys),
                                                   std::move(networks), std::move(tables),
                                                   chunk_rows));
      }))
      .def("run_trace", &Engine::RunTrace)
      .def("run_live", &Engine::RunLive)
      .def("open_trace", &Engine::OpenTrace)
      .def("step", &Engine::Step)
      .def_property_readonly("trace_problem", &Engine::trace_problem)
      .def("feed", &FeedOne)
      .def("feed_arrays", &FeedArrays)
      .def("advance_time", &Engine::AdvanceTime)
      .def("end_trace", &Engine::EndTrace)
      .def("finish", &Engine::Finish)
      .def("watch", &Engine::Watch)
      .def("watch_packets", &Engine::WatchPackets)
      .def("take_packets", &TakePackets)
      .def_property_readonly("has_watched", &Engine::has_watched)
      .def("take_watched", &Engine::TakeWatched)
      .def("take_full", &Engine::TakeFull)
      .def("take_rest", &Engine::TakeRest)
      .def("statistics", &Engine::StatisticsDict)
      .def_property_readonly("messages", &Engine::messages)
      .def_property_readonly("tables", &Engine::tables)
      .def_property_readonly("report", &Engine::Report)
      .def_property_readonly("directory", &Engine::directory);
}

}  // namespace
}  // namespace tstat::python

PYBIND11_MODULE(_tstat, module) {
  using namespace tstat::python;  // NOLINT: what the module is made of
  module.doc() = "The compiled part of the module tstat.";
  module.attr("version") = tstat::Version();
  py::register_exception_translator(&TranslateStatus);
  AddColumns(module);
  AddEngine(module);
  py::class_<LogRows>(module, "LogRows")
      .def(py::init([](std::vector<std::string> paths, size_t chunk_rows,
                       std::vector<std::string> columns, bool places) {
             return std::make_unique<LogRows>(
                 std::move(paths), LogRowsOptions{chunk_rows, std::move(columns), places});
           }),
           py::arg("paths"), py::arg("chunk_rows"), py::arg("columns") = std::vector<std::string>(),
           py::arg("places") = false)
      .def("next", &NextOfLog)
      .def_property_readonly("problems", &LogRows::problems);
  module.def("tables", &ListTables);
  module.def("options", &ListOptions);
  module.def("describe", &DescribeTable);
}
