"""Operators of queries and expressions: an allow-list, and the walk that applies it.

What runs JavaScript (`$where`, `$function`, `$accumulator`) is not on the list; `javascript` rewrites the one
function that FiftyOne itself sends.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from bson.code import Code

from safelight_server.authz import javascript
from safelight_server.authz.denials import DeniedError
from safelight_server.authz.words import words

MAX_DEPTH: Final = 200
"""MongoDB's own limit on nesting."""

QUERY: Final = words(
    """
    $eq $ne $gt $gte $lt $lte $in $nin $and $or $nor $not $exists $type $expr $jsonSchema $mod $regex $options
    $text $search $language $caseSensitive $diacriticSensitive $all $elemMatch $size $comment $sampleRate
    $bitsAllClear $bitsAllSet $bitsAnyClear $bitsAnySet
    $geoWithin $geoIntersects $near $nearSphere $geometry $box $center $centerSphere $polygon
    $maxDistance $minDistance $ref $id $db $slice $meta $natural
    """
)

EXPRESSIONS: Final = words(
    """
    $abs $add $ceil $divide $exp $floor $ln $log $log10 $mod $multiply $pow $round $sqrt $subtract $trunc
    $sin $cos $tan $asin $acos $atan $atan2 $asinh $acosh $atanh $sinh $cosh $tanh $degreesToRadians
    $radiansToDegrees $bitAnd $bitOr $bitXor $bitNot
    $arrayElemAt $arrayToObject $concatArrays $filter $first $firstN $last $lastN $in $indexOfArray $isArray
    $map $maxN $minN $objectToArray $range $reduce $reverseArray $size $slice $sortArray $zip
    $and $or $not $cmp $eq $gt $gte $lt $lte $ne $cond $ifNull $switch $let $literal $expr
    $concat $indexOfBytes $indexOfCP $ltrim $rtrim $trim $regexFind $regexFindAll $regexMatch $replaceOne
    $replaceAll $split $strLenBytes $strLenCP $strcasecmp $substr $substrBytes $substrCP $toLower $toUpper
    $toString $toInt $toLong $toDouble $toDecimal $toBool $toDate $toObjectId $convert $isNumber $type
    $dateAdd $dateDiff $dateFromParts $dateFromString $dateSubtract $dateToParts $dateToString $dateTrunc
    $dayOfMonth $dayOfWeek $dayOfYear $hour $isoDayOfWeek $isoWeek $isoWeekYear $millisecond $minute $month
    $second $week $year $tsSecond $tsIncrement
    $allElementsTrue $anyElementTrue $setDifference $setEquals $setIntersection $setIsSubset $setUnion
    $getField $setField $unsetField $mergeObjects $binarySize $bsonSize $rand $meta $sampleRate
    $addToSet $avg $bottom $bottomN $count $max $min $push $stdDevPop $stdDevSamp $sum $top $topN $median
    $percentile $covariancePop $covarianceSamp $denseRank $derivative $documentNumber $expMovingAvg $integral
    $linearFill $locf $rank $shift
    """
)

ALLOWED: Final = QUERY | EXPRESSIONS

_CONTAINERS: Final = (dict, list, Code)


def vetted(value: Any, depth: int = 0) -> Any:
    """The value with what `javascript` can rewrite rewritten; the same object when nothing was.

    Raises:
        DeniedError: an operator that is not on the list, JavaScript, or nesting that is too deep
    """
    items: Iterable[tuple[Any, Any]]
    if isinstance(value, dict):
        for key in value:
            if key[:1] == "$" and key not in ALLOWED:
                return vetted(javascript.without_function(value, key), depth + 1)
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    elif isinstance(value, Code):
        raise DeniedError("javascript", "JavaScript is not allowed over the API connection.")
    else:
        return value
    if depth > MAX_DEPTH:
        raise DeniedError("depth", f"A document nested deeper than {MAX_DEPTH} levels is not allowed.")
    changes = {}
    for place, item in items:
        if isinstance(item, _CONTAINERS):
            new = vetted(item, depth + 1)
            if new is not item:
                changes[place] = new
    return _with(value, changes) if changes else value


def _with(container: Any, changes: dict[Any, Any]) -> Any:
    copy = container.copy()
    for place, new in changes.items():
        copy[place] = new
    return copy
