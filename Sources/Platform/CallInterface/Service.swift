public import GuestMemory

/// The status a guest gets from one of the call interfaces.
public protocol CallStatus: Error, Equatable {
  static var success: Self { get }
  /// What an argument that cannot be decoded gives.
  static var badArgument: Self { get }
}

/// What a handler may touch beside its arguments.
public protocol ServiceContext: SendableMetatype {
  var guestMemory: GuestMemory { get }
}

/// A handler with its own Swift types, erased to cells.
///
/// The number of cells, their decoding and the status come from the handler's type: it takes the
/// context and ``GuestArgument`` values, throws the interface's status, and returns nothing, one
/// ``GuestResult``, a tuple of them, or a ``Completion``.
public struct Service<Context: ServiceContext, Status: CallStatus>: Sendable {
  /// Cells the handler takes.
  public let arguments: CellCounts
  /// Cells it gives when it succeeds.
  public let results: CellCounts
  @usableFromInline
  let body: @Sendable (Context, inout CallCells, inout CallCells) -> Status

  /// Erases a handler that returns results with success and throws any other status.
  @inlinable
  public init<each Argument: GuestArgument, each Result: GuestResult>(
    _ handler:
      @escaping @Sendable (Context, repeat each Argument) throws(Status) -> (repeat each Result)
  ) {
    var (arguments, results) = (CellCounts(0, 0), CellCounts(0, 0))
    for counts in repeat (each Argument).cellCounts { arguments += counts }
    for counts in repeat (each Result).resultCounts { results += counts }
    self.arguments = arguments
    self.results = results
    body = { (context, cells, results) in
      do throws(Status) {
        let values = try handler(
          context,
          repeat try decodeArgument((each Argument).self, &cells, context, Status.badArgument))
        repeat (each values).store(in: &results)
        return .success
      } catch {
        return error
      }
    }
  }

  /// Erases a handler that may return results with any status.
  @inlinable
  public init<each Argument: GuestArgument, each Result: GuestResult>(
    _ handler:
      @escaping @Sendable (Context, repeat each Argument) throws(Status)
      -> Completion<Status, repeat each Result>
  ) {
    var (arguments, results) = (CellCounts(0, 0), CellCounts(0, 0))
    for counts in repeat (each Argument).cellCounts { arguments += counts }
    for counts in repeat (each Result).resultCounts { results += counts }
    self.arguments = arguments
    self.results = results
    body = { (context, cells, results) in
      do throws(Status) {
        let completion = try handler(
          context,
          repeat try decodeArgument((each Argument).self, &cells, context, Status.badArgument))
        let values = completion.results
        repeat (each values).store(in: &results)
        return completion.status
      } catch {
        return error
      }
    }
  }

  /// Serves one call.
  /// - Parameters:
  ///   - context: what the handler works on.
  ///   - cells: the arguments; surplus ones are ignored, missing ones are a bad argument.
  ///   - results: gets the result cells.
  @inlinable
  public func call(_ context: Context, _ cells: inout CallCells, _ results: inout CallCells)
    -> Status
  {
    body(context, &cells, &results)
  }
}

@inlinable
@inline(__always)
func decodeArgument<Argument: GuestArgument, Status: CallStatus>(
  _: Argument.Type, _ cells: inout CallCells, _ context: some ServiceContext, _ failure: Status
) throws(Status) -> Argument {
  guard let value = Argument.decode(&cells, context.guestMemory) else { throw failure }
  return value
}
